import { once } from 'node:events';
import { AddressInfo, createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Gives a port that nobody listens on at the moment; somebody may be faster than we are. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Tells why we can't listen on a port: `EADDRINUSE`, `EACCES`, …; undefined if we can. */
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
