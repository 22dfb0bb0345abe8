// Password hashes: argon2id. Verifying takes the same time whether or not the account exists.
import 'server-only';
import { hash, verify, type Options } from '@node-rs/argon2';

// OWASP Password Storage Cheat Sheet: argon2id (the package's default), 19 MiB, two passes, one lane.
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

let dummy: Promise<string> | undefined;

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), PARAMETERS);
}

/** C-09: without an account the password is verified against a hash that nothing matches. */
export async function verifyPassword(
  storedHash: string | undefined,
  password: string,
): Promise<boolean> {
  dummy ??= hashPassword(crypto.randomUUID());
  const matches = await verify(storedHash ?? (await dummy), password.normalize('NFKC'));
  return matches && storedHash !== undefined;
}
