// A process of the clinic at work, for the proof: doctors and desk who write through lib/data while key operations run
// and are killed. Tells every acknowledged write to its parent, and everything that it sees and must not see.
import { setTimeout as delay } from 'node:timers/promises';
import { closeConnections } from '@/lib/db/connections';
import type { FromWriter, ToWriter } from './messages';
import { createWorkday, type Workday } from './workday';

const LONGEST_PAUSE_MS = 12;

let workday: Workday | undefined;
let working = false;
let loops: Promise<void>[] = [];

function tell(message: FromWriter): void {
  if (process.connected) process.send?.(message);
}

async function work(loop: () => Promise<void>): Promise<void> {
  while (working) {
    await loop();
    await delay(Math.random() * LONGEST_PAUSE_MS);
  }
}

function begin(): void {
  working = true;
  loops = (workday?.loops ?? []).map((loop) => work(loop));
}

async function pause(): Promise<void> {
  working = false;
  await Promise.all(loops);
  tell({ say: 'paused', reads: workday?.takeReads() ?? 0 });
}

process.on('message', (message: ToWriter) => {
  switch (message.say) {
    case 'begin':
      workday = createWorkday(message.shift, (entry) => tell({ say: 'entry', entry }));
      begin();
      break;
    case 'continue':
      begin();
      break;
    case 'pause':
      void pause();
      break;
    case 'rush':
      workday?.rush();
      break;
    case 'erasing':
      workday?.erasing.add(message.id);
      break;
    case 'allow':
      workday?.allow(message.codes);
      break;
  }
});
process.on('disconnect', () => {
  working = false;
  void closeConnections().then(() => process.exit(0));
});
tell({ say: 'ready' });
