// Test inputs of layer analysis: small pools of values, so that equal values meet often. Values of
// encrypted fields are recognisable in bytes and differ from all others, except the falsy ones. No
// number is one whose type the embedded server's expressions would change.
import { Double, Int32, Long, ObjectId } from 'bson';
import type { Choices } from './choices.ts';
import type { LeafType, Shape } from './shapes.ts';

const day = 86_400_000;

const secrets: Readonly<Record<LeafType, readonly unknown[]>> = {
  string: ['secret-1', 'secret-2', 'secret-3', ''],
  int: [new Int32(0x5e_c2_e7_01), new Int32(0x5e_c2_e7_02), new Int32(0)],
  long: [new Long(0x5e_c2_e7_03, 0x5e_c2_e7_03), new Long(0x5e_c2_e7_04, 0x5e_c2_e7_04)],
  date: [new Date(1_999_000_000_123), new Date(1_999_000_000_123 + day), new Date(0)],
  objectId: [new ObjectId('5ec2e75ec2e75ec2e75ec201'), new ObjectId('5ec2e75ec2e75ec2e75ec202')],
  bool: [true, false],
  double: [new Double(5.625_281_25), new Double(0.5)],
  object: [{ deep: 'secret-4' }, { deep: 'secret-5', a: 'secret-1' }, {}],
  array: [['secret-6', 'secret-1'], [{ deep: 'secret-7' }], []],
};

const openly: Readonly<Record<LeafType, readonly unknown[]>> = {
  string: ['open-1', 'open-2', ''],
  int: [new Int32(1), new Int32(2), new Int32(0)],
  long: [new Long(1, 0x30_00_00), new Long(2, 0x30_00_00)],
  date: [new Date(1_000_000_000_000), new Date(0)],
  objectId: [new ObjectId('0123456789abcdef01234567')],
  bool: [true, false],
  double: [new Double(1.5), new Double(2.5)],
  object: [{ p: 'open-1' }, {}],
  array: [['open-1', 'open-2'], []],
};

/** A value of the type, out of the pool of encrypted or of plain fields. */
export function someValue(choices: Choices, type: LeafType, secret: boolean): unknown {
  return choices.pick((secret ? secrets : openly)[type]);
}

/** A constant as it would be compared with such a value: secret, unless nothing there is. */
export function constantFor(choices: Choices, shape: Shape): unknown {
  switch (shape.kind) {
    case 'leaf':
      return someValue(choices, shape.type, shape.secret !== null);
    case 'array':
      return constantFor(choices, shape.item);
    case 'object':
      return Object.fromEntries(
        [...shape.members]
          .filter(() => !choices.chance(30))
          .map(([name, member]) => [name, constantFor(choices, member)]),
      );
    case 'mixed':
      return someValue(choices, choices.pick<LeafType>(['string', 'int']), true);
  }
}

function littleEndian(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes.subarray(0, length);
}

/** What no byte of a command may contain outside markings, ciphertext included by chance excepted. */
export const secretNeedles: readonly Buffer[] = [
  Buffer.from('secret-'),
  littleEndian(1_999_000_000_123n, 8),
  littleEndian(1_999_000_000_123n + BigInt(day), 8),
  littleEndian(0x5e_c2_e7_03_5e_c2_e7_03n, 8),
  littleEndian(0x5e_c2_e7_04_5e_c2_e7_04n, 8),
  Buffer.from('5ec2e75ec2e75ec2e75ec2', 'hex'),
];

/** Four bytes occur in ciphertext by chance, so these are looked for only where there is none. */
export const shortNeedles: readonly Buffer[] = [
  littleEndian(0x5e_c2_e7_01n, 4),
  littleEndian(0x5e_c2_e7_02n, 4),
];
