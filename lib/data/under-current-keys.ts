// Data keys are replaced while the clinic works: what was begun with a key that is gone a moment later is begun anew.
import 'server-only';
import { MongoCryptError } from 'mongodb';
import { currentKeyPolicy } from '@/lib/db/connections';
import type { KeyPolicy } from '@/lib/keys/policy';

/**
 * Runs `work` under the policy in force, and again when the policy has changed under it and a value could be neither
 * encrypted nor decrypted. Work that writes must bear to be repeated after such a failure.
 */
export async function underCurrentKeys<T>(work: (policy: KeyPolicy) => Promise<T>): Promise<T> {
  let policy = await currentKeyPolicy();
  for (;;) {
    try {
      return await work(policy);
    } catch (error) {
      if (!(error instanceof MongoCryptError)) throw error;
      const now = await currentKeyPolicy();
      if (now.revision === policy.revision) throw error;
      policy = now;
    }
  }
}
