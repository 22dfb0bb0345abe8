// The inventory in lines of text.
import { commandOf } from '../../lib/keys/operations/index.ts';
import type { KeyEntry, KeyInventory } from '../../lib/keys/inventory.ts';

/** Totals, then what an officer should know of. */
export function summaryLines(inventory: KeyInventory): string[] {
  const { policy, cmks, counts, patients, cacheMs, unfinished, held, lastRotation } = inventory;
  const { byPurpose, byState } = counts;
  return [
    `New data keys    under ${policy.cmk}`,
    ...cmks.map(({ cmk, keys }) => `Data keys        ${keys} under ${cmk}`),
    `Purposes         ${byPurpose.shared} shared, ${byPurpose.patient} of patients, ${byPurpose.other} other`,
    `Patients         ${patients.total}: ${patients.erased} erased, ${patients.withoutKey} without data key yet`,
    `Last rotation    ${lastRotation === null ? 'never' : time(lastRotation)}`,
    `Key caches       ${cacheMs === null ? 'until a process ends' : `${cacheMs / 1000} s after a data key was deleted`}`,
    ...held.map(({ kind, since, until }) => {
      const end = until === null ? 'until they are restarted' : `until ${time(until)}`;
      return `Still in memory  data keys deleted by ${kind} at ${time(since)}: in running processes ${end}`;
    }),
    ...(unfinished === null
      ? []
      : [
          `Unfinished       ${unfinished.kind} in its phase ${unfinished.phase}, ${unfinished.done} of ${unfinished.total}, ` +
            `last saved ${time(unfinished.savedAt)}`,
          `                 To go on with it: npm run medco -- ${commandOf(unfinished)}`,
        ]),
    ...(byState.unknown === 0
      ? []
      : [`UNKNOWN KEYS     ${byState.unknown}: no record uses them, and nobody noted them`]),
    '',
  ];
}

/** One key. */
export function keyLines(entry: KeyEntry): string[] {
  const { id, altNames, purpose, state, cmk, created, rotated, fields, records } = entry;
  const whose = entry.patientId === null ? '' : ` of ${entry.patientId}`;
  const use = fields.map(({ name, records: count }) => `${name} (${count})`).join(', ');
  return [
    `${id}  ${purpose}${whose}, ${state}`,
    `  alt names      ${altNames.join(', ') || 'none'}`,
    `  under          ${cmk}`,
    `  created        ${time(created)}, ${rotated === null ? 'not rotated' : `rotated ${time(rotated)}`}`,
    `  records        ${records}${use === '' ? '' : `: ${use}`}`,
    ...(entry.supersededBy === null ? [] : [`  superseded by  ${entry.supersededBy}`]),
  ];
}

function time(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}
