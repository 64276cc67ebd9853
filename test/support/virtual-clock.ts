import { clock } from '../../client/src/clock';
import { Fetch } from '../../client/src/options';

const START = Date.parse('2026-01-01T00:00:00Z');

/**
 * Replaces the client's clock. While no request is in flight, time jumps to the next timer. So tests do not wait, and know to the
 * millisecond when each request was sent.
 */
export class VirtualClock {
  /** When each request was sent, in milliseconds from the start. */
  public sentAt: number[] = [];
  public random = 0.5;
  /** Whether time stops until `advance()`. */
  public isHeld = false;
  public readonly fetch = this.watch((url, init) => fetch(url, init));

  private time = 0;
  private requestsInFlight = 0;
  private readonly timers = new Map<object, { readonly due: number; readonly callback: () => void }>();
  private readonly real = { ...clock };

  public install(): void {
    Object.assign(clock, {
      now: () => START + this.time,
      random: () => this.random,
      after: (ms: number, callback: () => void) => this.after(ms, callback),
    });
  }

  public uninstall(): void {
    Object.assign(clock, this.real);
  }

  public get now(): number {
    return this.time;
  }

  /** Number of timers that are set. */
  public get pending(): number {
    return this.timers.size;
  }

  public advance(ms: number): void {
    const until = this.time + ms;
    for (let next = this.next(until); next; next = this.next(until)) this.fire(...next);
    this.time = until;
  }

  /** Wraps a fetch function. A request is in flight until its response was read, or the request failed. */
  public watch(send: Fetch): Fetch {
    return async (url, init) => {
      this.sentAt.push(this.time);
      this.requestsInFlight++;
      const isOver = () => {
        this.requestsInFlight--;
        this.pass();
      };
      try {
        const response = await send(url, init);
        const text = response.text.bind(response);
        return Object.assign(response, { text: () => text().finally(isOver) });
      } catch (error) {
        isOver();
        throw error;
      }
    };
  }

  /** Resolves when the client has sent a request and sleeps. Needs `isHeld`. */
  public async untilAsleep(): Promise<void> {
    while (this.sentAt.length === 0 || this.requestsInFlight > 0 || this.pending === 0) await new Promise(setImmediate);
  }

  /** Resolves when no timer is left. */
  public async untilIdle(): Promise<void> {
    while (this.pending > 0) await new Promise(setImmediate);
  }

  private after(ms: number, callback: () => void): () => void {
    const timer = {};
    // Like real timers, which count whole milliseconds.
    this.timers.set(timer, { due: this.time + Math.round(ms), callback });
    this.pass();
    return () => void this.timers.delete(timer);
  }

  private pass(): void {
    setImmediate(() => {
      const next = !this.isHeld && this.requestsInFlight === 0 && this.next(Infinity);
      if (!next) return;
      this.fire(...next);
      this.pass();
    });
  }

  private next(until: number) {
    return [...this.timers].filter(([, { due }]) => due <= until).sort(([, a], [, b]) => a.due - b.due).at(0);
  }

  private fire(timer: object, { due, callback }: { due: number; callback: () => void }): void {
    this.timers.delete(timer);
    this.time = Math.max(this.time, due);
    callback();
  }
}
