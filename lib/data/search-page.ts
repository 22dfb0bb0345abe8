// One page of hits, read in the order of an index from the place where the page before ended: the hundredth page costs what
// the first one does, and no page more in a larger clinic. Knows no roles and no keys.
import 'server-only';
import type { Collection, Filter } from 'mongodb';
import { z } from 'zod';
import type { PlainPatient } from '@/lib/db/patient-document';
import { DataError } from './errors';
import { NAME_ORDER_FIELDS } from './name-keys';
import { SUMMARY, type SummaryRow } from './patient-summary';

export const PAGE_SIZE = 20;
/** Counting stops here: nobody reads on, and an exact number would cost the whole collection. */
export const MOST_COUNTED = 1000;
/** With several conditions the server reads far more records than it counts. */
const MOST_COUNTED_OF_SEVERAL = 100;

export interface Found {
  rows: SummaryRow[];
  next: string | null;
  count: { total: number; moreThan: boolean } | null;
}

export type Patients = Pick<Collection<PlainPatient>, 'find' | 'countDocuments'>;

/** Where a page ended: the place of its last hit, and the word of the name whose order it is. */
export interface Place {
  at: string;
  word: number;
}

const placeSchema = z.strictObject({ at: z.string().max(1000), word: z.int().min(0).max(100) });

/** Throws DataError `INVALID` for what no page gave out. It says only where to go on reading, so nothing signs it. */
export function readPlace(next: string | undefined): Place | null {
  if (next === undefined) return null;
  try {
    return placeSchema.parse(JSON.parse(Buffer.from(next, 'base64url').toString()));
  } catch {
    throw new DataError('INVALID', { message: 'Expected the `next` of a page of hits' });
  }
}

function writePlace(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** For filters that leave few hits: one date, one number, one phone. */
export async function pageOf(
  patients: Patients,
  filter: Filter<PlainPatient>,
  place: Place | null,
): Promise<Found> {
  const after = place === null ? {} : { 'nameOrder.a': { $gt: place.at } };
  const found = await patients
    .find<SummaryRow>({ ...filter, ...after } as Filter<PlainPatient>, { projection: SUMMARY })
    .sort({ 'nameOrder.a': 1 })
    .limit(PAGE_SIZE + 1)
    .toArray();
  return asPage(patients, { filter, most: MOST_COUNTED }, place, found, (row) => ({
    at: row.nameOrder?.a ?? '',
    word: 0,
  }));
}

/**
 * By the beginnings of words of the name, in any order; `also` narrows it down. The hits stand in the order of the word that
 * the fewest names have.
 */
export async function pageByName(
  patients: Patients,
  words: readonly string[],
  also: Filter<PlainPatient>,
  place: Place | null,
): Promise<Found> {
  const all = { $and: [...words.map(hasWord), also] };
  const isSingle = words.length === 1 && Object.keys(also).length === 0;
  const most = isSingle ? MOST_COUNTED : MOST_COUNTED_OF_SEVERAL;
  const at = place?.word ?? (await rarest(patients, words));
  const prefix = words[at];
  if (prefix === undefined)
    throw new DataError('INVALID', { message: 'Expected a word of the name' });
  const others = words.filter((_, index) => index !== at).map(hasWord);
  const rows = await readByWord(patients, prefix, { $and: [...others, also] }, place?.at ?? null);
  if (rows.length === 0 && place === null) {
    // Names with more words than have a place of their own; there are few, so these need no order.
    return pageOf(patients, all, null);
  }
  return asPage(patients, { filter: all, most }, place, rows, (row) => ({
    at: placeOf(row, prefix) ?? '',
    word: at,
  }));
}

/** Words hold letters and digits only, so they are safe inside a regular expression. */
function hasWord(word: string): Filter<PlainPatient> {
  return { nameKeys: new RegExp(`^${word}`) };
}

async function rarest(patients: Patients, words: readonly string[]): Promise<number> {
  if (words.length < 2) return 0;
  const limit = MOST_COUNTED + 1;
  const counts = await Promise.all(
    words.map((word) => patients.countDocuments(hasWord(word), { limit })),
  );
  let best = 0;
  for (const [at, count] of counts.entries()) {
    const least = counts[best] ?? 0;
    const longer = (words[at]?.length ?? 0) > (words[best]?.length ?? 0);
    if (count < least || (count === least && longer)) best = at;
  }
  return best;
}

/**
 * Merges the orders by first, second, third word and so on, each read through its own index. Who has two words with this
 * beginning stands at the first of both places only.
 */
async function readByWord(
  patients: Patients,
  prefix: string,
  filter: Filter<PlainPatient>,
  after: string | null,
): Promise<SummaryRow[]> {
  const limit = PAGE_SIZE + 1;
  const rows = new Map<string, SummaryRow>();
  let from = after;
  for (;;) {
    const low = from === null ? { $gte: prefix } : { $gt: from };
    const streams = await Promise.all(
      NAME_ORDER_FIELDS.map(async (field) => {
        const range = { [`nameOrder.${field}`]: { ...low, $lt: `${prefix}\u{10ffff}` } };
        const read = await patients
          .find<SummaryRow>({ ...range, ...filter } as Filter<PlainPatient>, {
            projection: SUMMARY,
          })
          .sort({ [`nameOrder.${field}`]: 1 })
          .limit(limit)
          .toArray();
        return {
          read,
          end: read.length < limit ? null : (read.at(-1)?.nameOrder?.[field] ?? null),
        };
      }),
    );
    // What lies behind the end of a stream that goes on is not known yet.
    const known = least(streams.map(({ end }) => end));
    for (const row of streams.flatMap(({ read }) => read)) {
      const place = placeOf(row, prefix);
      if (place === null || (from !== null && compare(place, from) <= 0)) continue;
      if (known === null || compare(place, known) <= 0) rows.set(place, row);
    }
    if (known === null || rows.size >= limit) {
      const places = [...rows.keys()].sort(compare);
      return places.slice(0, limit).flatMap((place) => rows.get(place) ?? []);
    }
    from = known;
  }
}

function placeOf({ nameOrder = { a: '' } }: SummaryRow, prefix: string): string | null {
  return least(Object.values(nameOrder).filter((place) => place.startsWith(prefix)));
}

function least(places: readonly (string | null)[]): string | null {
  const [first = null] = places.filter((place) => place !== null).sort(compare);
  return first;
}

// Servers order strings by their bytes in UTF-8, JavaScript by units of UTF-16.
function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

interface Counting {
  filter: Filter<PlainPatient>;
  most: number;
}

async function asPage(
  patients: Patients,
  counting: Counting,
  place: Place | null,
  found: readonly SummaryRow[],
  placeOfRow: (row: SummaryRow) => Place,
): Promise<Found> {
  const rows = found.slice(0, PAGE_SIZE);
  const last = rows.at(-1);
  const goesOn = found.length > rows.length && last !== undefined;
  const known = goesOn ? null : rows.length;
  return {
    rows,
    next: goesOn ? writePlace(placeOfRow(last)) : null,
    count: place === null ? await countOf(patients, counting, known) : null,
  };
}

async function countOf(
  patients: Patients,
  { filter, most }: Counting,
  known: number | null,
): Promise<Found['count']> {
  const total = known ?? (await patients.countDocuments(filter, { limit: most + 1 }));
  return { total: Math.min(total, most), moreThan: total > most };
}
