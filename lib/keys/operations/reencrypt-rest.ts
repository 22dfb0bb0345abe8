// The end of a migration the guide's way: keys that protect no record of the clinic (made under an alt name of somebody's
// own, or left by a registration that failed) and keys whose fields do not decrypt. None is deleted; all are wrapped anew,
// so that the old CMK can go.
import 'server-only';
import { keyVault } from '@/lib/db/connections';
import { notUnderMasterKey } from '../cmk-groups';
import type { CustomerMasterKey } from '../kms';
import { RewrapBench } from './rewrap-bench';

const BATCH = 100;

/** Wraps every data key that is not under `target`. Throws KeyError `VAULT` if one does not open. */
export async function rewrapRest(
  target: CustomerMasterKey,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const elsewhere = notUnderMasterKey(target);
  if ((await keyVault().countDocuments(elsewhere)) === 0) return;
  const bench = new RewrapBench(target);
  let done = 0;
  try {
    for (;;) {
      const left = await keyVault().countDocuments(elsewhere);
      progress(done, done + left);
      if (left === 0) return;
      const keys = await keyVault().find(elsewhere).limit(BATCH).toArray();
      if (keys.length === 0) continue;
      await bench.copy(keys);
      await bench.rewrap();
      await bench.replace(keys, await bench.proved(keys));
      done += keys.length;
    }
  } finally {
    await bench.clear();
    await bench.close();
  }
}
