import { once } from 'node:events';
import { AddressInfo, connect, createServer, Socket } from 'node:net';
import { LOOPBACK } from '../../local/engine/ports';

/** Connects clients to a port of this machine, until it is cut. */
export class Cable {
  public static async to(port: number): Promise<Cable> {
    const cable = new Cable(port);
    cable.server.listen(0, LOOPBACK);
    await once(cable.server, 'listening');
    return cable;
  }

  private isCut = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => {
    if (this.isCut) return void client.destroy();
    const engine = connect(this.enginePort, LOOPBACK);
    client.pipe(engine).pipe(client);
    for (const [socket, other] of [[client, engine], [engine, client]]) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
  });

  private constructor(private readonly enginePort: number) {}

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends all connections, and refuses new ones. */
  public cut(): void {
    this.isCut = true;
    this.sockets.forEach((socket) => socket.destroy());
  }

  public mend(): void {
    this.isCut = false;
  }

  public async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}
