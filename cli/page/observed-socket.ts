import type { WebSocketClass } from '../../client/src/options';

/** Returns a class of WebSockets that reports whether messages arrive. */
export function observedSocket(report: (isLive: boolean) => void): WebSocketClass {
  let newest: WebSocket;
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      newest = this;
      this.addEventListener('message', () => this.tell(true));
      this.addEventListener('close', () => this.tell(false));
    }

    /** The client closes a socket that is silent. The browser then waits for an answer before it says so. */
    public override close(): void {
      super.close();
      this.tell(false);
    }

    private tell(isLive: boolean): void {
      // Events of an older socket can come late.
      if (newest === this) report(isLive);
    }
  };
}
