/** A scheduled action. Actions of the same time run in the order in which they were scheduled. */
interface Due {
  readonly time: number;
  readonly order: number;
  readonly action: () => void;
}

/** Simulated time. Runs scheduled actions in order, without waiting. */
export class Clock {
  /** Milliseconds since 1970. */
  public now = Date.UTC(2026, 0, 1);
  /** The scheduled actions, as a binary heap. */
  private readonly due: Due[] = [];
  private scheduled = 0;

  public date(): Date {
    return new Date(this.now);
  }

  public after(ms: number, action: () => void): void {
    this.push({ time: this.now + ms, order: this.scheduled++, action });
  }

  public sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs until no action is left, or until a time. */
  public async runUntil(time: number): Promise<void> {
    while (this.due.length > 0 && this.due[0].time <= time) {
      this.now = this.due[0].time;
      const { scheduled } = this;
      while (this.due.length > 0 && this.due[0].time === this.now && this.due[0].order < scheduled) this.pop().action();
      await this.settle();
    }
    this.now = Math.max(this.now, time);
  }

  /**
   * Runs all that the actions have started, up to its next sleep: Node.js runs its next ticks when no promise is left to settle. Code that
   * waits for more than promises runs when no other action is scheduled.
   */
  private async settle(): Promise<void> {
    await new Promise<void>((resolve) => process.nextTick(resolve));
    if (this.due.length === 0) await new Promise(setImmediate);
  }

  private push(item: Due): void {
    const { due } = this;
    let i = due.push(item) - 1;
    while (i > 0) {
      const parent = Math.floor((i - 1) / 2);
      if (isBefore(due[parent], item)) break;
      due[i] = due[parent];
      i = parent;
    }
    due[i] = item;
  }

  private pop(): Due {
    const { due } = this;
    const first = due[0];
    const last = due.pop()!;
    const { length } = due;
    for (let i = 0; length > 0;) {
      let child = 2 * i + 1;
      if (child + 1 < length && isBefore(due[child + 1], due[child])) child++;
      if (child >= length || isBefore(last, due[child])) {
        due[i] = last;
        break;
      }
      due[i] = due[child];
      i = child;
    }
    return first;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
