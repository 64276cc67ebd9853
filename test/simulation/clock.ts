const TURNS = 40;

/** Simulated time: runs what was scheduled, in its order, without waiting. */
export class Clock {
  /** In milliseconds since 1970. */
  public now = Date.UTC(2026, 0, 1);
  private readonly due = new Map<number, (() => void)[]>();
  /** The times that something is due at, as a binary heap. */
  private readonly times: number[] = [];

  public date(): Date {
    return new Date(this.now);
  }

  public after(ms: number, action: () => void): void {
    const time = this.now + ms;
    const actions = this.due.get(time);
    if (actions) {
      actions.push(action);
    } else {
      this.due.set(time, [action]);
      this.push(time);
    }
  }

  public sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs until nothing is left to do, or the time has come. */
  public async runUntil(time: number): Promise<void> {
    while (this.times.length > 0 && this.times[0] <= time) {
      this.now = this.pop();
      const actions = this.due.get(this.now)!;
      this.due.delete(this.now);
      actions.forEach((action) => action());
      await this.settle();
    }
    this.now = Math.max(this.now, time);
  }

  /**
   * Lets all that the actions set going run, up to where it sleeps. Waiting for the event loop would be sure to, and takes ten times as
   * long; so many turns are more than any handler needs, and a last look at the event loop leaves nobody behind.
   */
  private async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await undefined;
    if (this.times.length === 0) await new Promise(setImmediate);
  }

  private push(time: number): void {
    let i = this.times.push(time) - 1;
    while (i > 0) {
      const parent = Math.floor((i - 1) / 2);
      if (this.times[parent] <= time) break;
      this.times[i] = this.times[parent];
      i = parent;
    }
    this.times[i] = time;
  }

  private pop(): number {
    const first = this.times[0];
    const last = this.times.pop()!;
    const { length } = this.times;
    for (let i = 0; length > 0;) {
      let child = 2 * i + 1;
      if (child + 1 < length && this.times[child + 1] < this.times[child]) child++;
      if (child >= length || this.times[child] >= last) {
        this.times[i] = last;
        break;
      }
      this.times[i] = this.times[child];
      i = child;
    }
    return first;
  }
}
