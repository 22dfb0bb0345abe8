// Update layer: which paths of one update exclude each other.
import { CommandError } from '../../errors.ts';

/** Throws ConflictingUpdateOperators if a path is given twice or lies within another one. */
export function checkConflicts(paths: readonly string[]): void {
  const seen = new Set<string>();
  const parents = new Set<string>();
  for (const path of paths) {
    const parts = path.split('.');
    if (parts.includes('')) {
      throw new CommandError(
        'EmptyFieldName',
        `The update path '${path}' contains an empty field name, which is not allowed.`,
      );
    }
    if (parts.includes('__proto__')) {
      throw new CommandError('BadValue', 'Field name `__proto__` is not allowed in an update path');
    }
    const above = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('.'));
    const conflict = seen.has(path) || parents.has(path) ? path : above.find((p) => seen.has(p));
    if (conflict !== undefined) {
      throw new CommandError(
        'ConflictingUpdateOperators',
        `Updating the path '${path}' would create a conflict at '${conflict}'`,
      );
    }
    seen.add(path);
    for (const parent of above) parents.add(parent);
  }
}
