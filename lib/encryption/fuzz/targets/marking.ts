// Fuzz target: markings, which query analysis makes and the encryption context reads.
// Promise: what is read is written back and read again as the same.
import { parseMarking, serializeMarking } from '../../format/index.ts';
import { elements, requireValue } from '../../bytes/index.ts';
import { attempt, promise, requireSilence } from '../breach.ts';
import { canarySecret } from '../fixtures.ts';
import type { Target } from '../target.ts';

export const marking: Target = {
  name: 'marking',
  shape: 'bytes',
  words: ['a\0', 'ki\0', 'ka\0', 'v\0', '\0'],
  run(input) {
    const parsed = attempt(() => parseMarking(input));
    requireSilence(parsed, canarySecret);
    if (!parsed.accepted) return 'refused';
    const { type, value, algorithm, key } = parsed.result;
    const names = [...elements(input.subarray(1))].map((element) => element.key);
    promise(names.length === 3 && new Set(names).size === 3, 'A marking has a field too many');
    requireValue(type, value);
    const again = parseMarking(serializeMarking(parsed.result));
    promise(
      again.type === type &&
        again.algorithm === algorithm &&
        Buffer.compare(again.value, value) === 0 &&
        JSON.stringify(again.key) === JSON.stringify(key),
      'A marking is not written as it was read',
    );
    return 'accepted';
  },
};
