import { observedSocket } from './observed-socket';
import { Store } from './store';
import { parseJson } from '../../client/src/json';
import type { Fetch, WebSocketClass } from '../../client/src/options';

/** What keeps the page from reading tasks. */
export type Trouble =
  /** The API can't be reached, or fails. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** The API refuses the identity that signs the requests. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  /** The process of the console has ended. */
  | { readonly kind: 'stopped' }
  /** Another console has been started at the same port. Its address has another token. */
  | { readonly kind: 'replaced' };

/** Pause before the page looks whether a trouble is over. */
const PROBE_MS = 2_000;
const REFUSED_PROBE_MS = 10_000;

/** Time for the first message of the live updates. */
const OPENING_MS = 10_000;

/** The page reads each task that changes, for as long as it is open. Only few of them are shown. */
const MAX_ETAGS = 1000;

/** Sends the requests of the page, and knows from their answers how it is connected. */
export class Connection extends Store {
  public static open(hasLiveUpdates: boolean): Connection {
    return new Connection(hasLiveUpdates ? 'opening' : 'none');
  }

  public trouble?: Trouble;
  /** Grows when a trouble is over: what failed in the meantime is then tried again. */
  public mended = 0;
  public readonly webSocket: WebSocketClass = observedSocket((isLive) => this.setSocket(isLive ? 'live' : 'lost'));
  /** ETags of the tasks that were read last, by URL. */
  private readonly etags = new Map<string, string>();
  private probeTimer?: ReturnType<typeof setTimeout>;

  private constructor(public socket: 'none' | 'opening' | 'live' | 'lost') {
    super();
    if (socket === 'opening') setTimeout(() => this.socket === 'opening' && this.setSocket('lost'), OPENING_MS);
  }

  public readonly fetch: Fetch = async (url, init) => {
    const response = await this.send(url, init);
    if (init.method === 'GET') await this.judge(response);
    // The response to a cancellation has the task, too.
    this.keepEtag(new URL(url).pathname.replace(/\/cancel$/, ''), response.headers.get('ETag'));
    return response;
  };

  /** Returns the ETag of the newest response with a task. */
  public etagOf(taskId: string): string | undefined {
    return this.etags.get(new URL(`api/tasks/${encodeURIComponent(taskId)}`, location.href).pathname);
  }

  /** Sends a request to the console itself. */
  public async send(url: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await globalThis.fetch(url, init);
    } catch (error) {
      if (!init.signal?.aborted) this.setTrouble({ kind: 'stopped' });
      throw error;
    }
  }

  /** Looks at once whether a trouble is over. */
  public async probe(): Promise<void> {
    clearTimeout(this.probeTimer);
    try {
      const settings = await this.send('settings');
      if (settings.ok) await this.judge(await this.send('api/tasks?limit=1'), true);
      else this.setTrouble({ kind: 'replaced' });
    } catch {
      // `send` has said it: the console has stopped.
    }
  }

  /** The API answers in an unexpected way. */
  public fail(error: unknown): void {
    if (!this.trouble) this.setTrouble({ kind: 'unavailable', detail: error instanceof Error ? error.message : String(error) });
  }

  private async judge(response: Response, isProbe = false): Promise<void> {
    const { status } = response;
    if (status === 401 || status === 403) {
      this.setTrouble({ kind: 'refused', status, detail: await detailOf(response) });
    } else if (status === 408 || status >= 500 || isProbe && !response.ok) {
      this.setTrouble({ kind: 'unavailable', detail: await detailOf(response) });
    } else if (this.trouble && (response.ok || status === 304)) {
      clearTimeout(this.probeTimer);
      this.trouble = undefined;
      this.mended++;
      this.changed();
    }
  }

  private keepEtag(path: string, etag: string | null): void {
    this.etags.delete(path);
    if (etag) this.etags.set(path, etag);
    if (this.etags.size > MAX_ETAGS) this.etags.delete(this.etags.keys().next().value!);
  }

  private setTrouble(trouble: Trouble): void {
    clearTimeout(this.probeTimer);
    this.probeTimer = setTimeout(() => void this.probe(), trouble.kind === 'refused' ? REFUSED_PROBE_MS : PROBE_MS);
    if (JSON.stringify(trouble) === JSON.stringify(this.trouble)) return;
    this.trouble = trouble;
    this.changed();
  }

  private setSocket(socket: Connection['socket']): void {
    if (socket === this.socket) return;
    this.socket = socket;
    this.changed();
  }
}

/** Returns what a response says about its failure. Leaves its body to the caller. */
async function detailOf(response: Response): Promise<string> {
  const { detail, title, message } = Object(parseJson(await response.clone().text()));
  return String(detail ?? title ?? message ?? `it answered ${response.status}`);
}
