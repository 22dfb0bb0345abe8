// Which function an order of the proof calls: the ones that the operator's tool and the officer's console call.
import { erasePatient } from '../operations/erase';
import { reencrypt } from '../operations/reencrypt';
import { retireSharedKey } from '../operations/retire';
import { rewrapKeys } from '../operations/rewrap';
import type { OnProgress, OperationRecord } from '../operations';
import type { Order } from './messages';

export function runOrder(
  order: Order,
  backupDir: string,
  onProgress: OnProgress,
): Promise<OperationRecord> {
  const common = { startedBy: null, backupDir, onProgress };
  switch (order.run) {
    case 'rotate':
      return rewrapKeys({ kind: 'rotate', to: order.to, ...common });
    case 'rewrap':
      return rewrapKeys({ kind: 'migrate', to: order.to, ...common });
    case 're-encrypt':
      return reencrypt({ to: order.to, ...common });
    case 'retire':
      return retireSharedKey(common);
    case 'erase':
      return erase(order.patientId, common);
  }
}

async function erase(
  patientId: string,
  common: { startedBy: null; backupDir: string; onProgress: OnProgress },
): Promise<OperationRecord> {
  const { operation } = await erasePatient({ patientId, ...common });
  return operation;
}
