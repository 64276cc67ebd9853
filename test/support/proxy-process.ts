import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LOOPBACK } from '../../local/engine/ports';

/** Passes on bytes in both directions. Ends with the process that started it. */
const PROXY = `
const { connect, createServer } = require('node:net');
const [port, target] = process.argv.slice(1).map(Number);
const server = createServer((client) => {
  const upstream = connect(target, '${LOOPBACK}');
  for (const [from, to] of [[client, upstream], [upstream, client]]) from.pipe(to).on('error', () => {}) && from.on('close', () => to.destroy());
});
server.listen(port, '${LOOPBACK}', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
`;

/** A process between clients and a server. Whoever kills it cuts all connections at once. */
export class ProxyProcess {
  /** @param target port of the server on this machine */
  public static async start(target: number): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(target);
    await proxy.restart();
    return proxy;
  }

  private child!: ChildProcess;
  private usedPort = 0;

  private constructor(private readonly target: number) {}

  public get port(): number {
    return this.usedPort;
  }

  /** Ends the process as if it had crashed. */
  public async kill(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  /** Starts the process on the same port. */
  public async restart(): Promise<void> {
    this.child = spawn(process.execPath, ['-e', PROXY, String(this.usedPort), String(this.target)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    [this.usedPort] = await once(this.child, 'message');
  }
}
