// Test support: counts the bytes that a piece of work copies, so that quadratic behaviour is seen
// without a clock. Counts what documents and ciphertext are made with: `set`, `copy` and `concat`.

interface Copying {
  readonly owner: object;
  readonly name: string;
  /** Bytes that one call copies. */
  readonly sizeOf: (self: unknown, args: readonly unknown[]) => number;
}

const sizeOf = (bytes: unknown): number => (bytes instanceof Uint8Array ? bytes.byteLength : 0);

const prototypeOf = (object: object): object => Reflect.getPrototypeOf(object) ?? {};

const copying: readonly Copying[] = [
  {
    // `Buffer` inherits it, and so does the writer of documents.
    owner: prototypeOf(Uint8Array.prototype),
    name: 'set',
    sizeOf: (_, [source]) => sizeOf(source),
  },
  { owner: prototypeOf(Buffer.alloc(0)), name: 'copy', sizeOf: (self) => sizeOf(self) },
  {
    owner: Buffer,
    name: 'concat',
    sizeOf: (_, [parts]) =>
      Array.isArray(parts) ? parts.reduce<number>((sum, part) => sum + sizeOf(part), 0) : 0,
  },
];

/** How many bytes `work` copies. */
export function bytesCopied(work: () => unknown): number {
  let copied = 0;
  const restore = copying.map(({ owner, name, sizeOf: size }) => {
    const original = Object.getOwnPropertyDescriptor(owner, name);
    const method: unknown = original?.value;
    if (!original || typeof method !== 'function') throw new TypeError(`Expected a ${name}`);
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      copied += size(this, args);
      return Reflect.apply(method, this, args);
    };
    Object.defineProperty(owner, name, { ...original, value: counting });
    return () => Object.defineProperty(owner, name, original);
  });
  try {
    work();
  } finally {
    for (const undo of restore) undo();
  }
  return copied;
}
