// Is the port free? Asked before anything slow begins.
import { createServer } from 'node:net';

/** Throws a sentence that names the port and the way out if it is taken or not allowed. */
export async function requireFreePort(port: number, host: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new Error(
      code === 'EADDRINUSE'
        ? `Port ${port} is in use: stop what runs there, or choose another with \`PORT\``
        : `Port ${port} on ${host} cannot be used (${code}): choose another with \`PORT\` or \`HOST\``,
      { cause },
    );
  } finally {
    server.close();
  }
}
