// A process that runs one key operation, for the proof: the same functions that the operator's tool calls. It is
// started ahead of time, waits for its order, and may be killed at any moment.
import { closeConnections } from '@/lib/db/connections';
import type { FromOperation, OperationOrder } from './messages';
import { runOrder } from './operation-order';

function tell(message: FromOperation): void {
  if (process.connected) process.send?.(message);
}

async function work({ order, backupDir, settings }: OperationOrder): Promise<void> {
  Object.assign(process.env, settings);
  try {
    const { operationId } = await runOrder(order, backupDir, (progress) =>
      tell({ say: 'progress', progress }),
    );
    tell({ say: 'finished', operationId });
  } catch (error) {
    tell({ say: 'failed', ...describe(error) });
  }
  // What stays open keeps the process alive, and nobody hears of its end.
  await closeConnections();
  process.disconnect();
}

function describe(error: unknown): { name: string; code: string; message: string } {
  if (!(error instanceof Error)) return { name: 'unknown', code: '', message: String(error) };
  const code = 'code' in error ? String(error.code) : '';
  return { name: error.name, code, message: error.message };
}

process.once('message', (order: OperationOrder) => void work(order));
tell({ say: 'ready' });
