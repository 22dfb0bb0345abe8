// Before somebody is registered: is there one of a similar name, born on the same day? (A duplicate SSN is refused by the
// unique index anyway; the front desk knows none.) Read through the client without keys.
import 'server-only';
import type { Staff } from '@/lib/auth/permissions';
import { deskPatients } from '@/lib/db/connections';
import type { SimilarPatient } from '@/schemas/dto';
import { answer } from './access';
import { nameKeys } from './name-keys';
import { NOT_ERASED } from './tombstone';

const MOST_SHOWN = 5;
const MOST_READ = 200;

/** Those born on `dateOfBirth` with two words in their name like words of `name`, or the only one; the most alike first. */
export async function findSimilarPatients(
  staff: Staff,
  { name, dateOfBirth }: { name: string; dateOfBirth: string },
): Promise<SimilarPatient[]> {
  const operation = {
    permission: 'search:duplicate',
    action: 'check-duplicate',
    fields: ['name', 'contact.dateOfBirth'],
  } as const;
  return answer(staff, operation, async () => {
    const keys = nameKeys(name);
    const rows = await deskPatients()
      .find(
        { 'contact.dateOfBirth': dateOfBirth, ...NOT_ERASED },
        { projection: { name: 1, nameKeys: 1 } },
      )
      .limit(MOST_READ)
      .toArray();
    const value = rows
      .map((row) => ({
        id: row._id.toHexString(),
        name: row.name,
        words: row.nameKeys.length,
        shared: row.nameKeys.filter((known) => keys.some((key) => isAlike(key, known))).length,
      }))
      .filter(({ shared, words }) => shared >= Math.min(2, keys.length, words))
      .sort((one, other) => other.shared - one.shared)
      .slice(0, MOST_SHOWN)
      .map(({ id, name: known }) => ({ id, name: known }));
    return { value, patientIds: value.map(({ id }) => id) };
  });
}

/** Two of three pairs of neighbouring letters are shared (Dice's coefficient): `katherine` and `catherine`. */
const ALIKE = 0.66;

function isAlike(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [pairsOf(one), pairsOf(other)];
  const left = [...b];
  let shared = 0;
  for (const pair of a) {
    const at = left.indexOf(pair);
    if (at < 0) continue;
    left.splice(at, 1);
    shared += 1;
  }
  return a.length > 1 && (2 * shared) / (a.length + b.length) >= ALIKE;
}

function pairsOf(word: string): string[] {
  return Array.from({ length: Math.max(0, word.length - 1) }, (_, at) => word.slice(at, at + 2));
}
