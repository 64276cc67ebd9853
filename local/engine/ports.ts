import { once } from 'node:events';
import { AddressInfo, createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Returns a port that is free at the moment. Another process may still take it first. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Returns why a port is not available: `EADDRINUSE`, `EACCES`, …. Undefined if it is available. */
export async function portProblem(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
