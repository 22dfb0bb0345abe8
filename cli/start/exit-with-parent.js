// Loaded into Next's process before Next: ends it when the start command is gone, however that happened.
import process from 'node:process';

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
