import { WebSocket } from 'ws';
import { Fetch, Task, TaskClient } from '../../client/src';
import { Engine } from '../engine/engine';
import { presignedUrl } from '../engine/presigned-url';
import { signingFetch } from '../engine/signing-task-client';

/** A moment at which the progress of a task was shown. */
export interface Step {
  readonly percent: number;
  /** In milliseconds since the process started. */
  readonly at: number;
}

/** What it took to follow a task. */
export interface Followed {
  readonly task: Task;
  readonly steps: Step[];
  readonly requests: number;
  readonly messages: number;
}

/** A client that counts its requests, and the messages that it gets over a WebSocket. */
export class CountingClient extends TaskClient {
  private readonly count: { requests: number; messages: number };

  /** @param liveUrl URL of the live updates. Without it, the client polls. */
  constructor(engine: Engine, url: string, liveUrl?: string) {
    const count = { requests: 0, messages: 0 };
    const send = signingFetch(engine);
    const fetch: Fetch = (...request) => {
      count.requests++;
      return send(...request);
    };
    class CountingSocket extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols);
        this.on('message', () => count.messages++);
      }
    }
    super({
      url, fetch, webSocket: CountingSocket, liveUrl: liveUrl && (() => presignedUrl(liveUrl, engine.credentials, engine.region)),
    });
    this.count = count;
  }

  /** Waits until a task is successful. */
  public async follow(taskId: string, show: (percent: number, task: Task) => void = () => {}): Promise<Followed> {
    const { requests, messages } = this.count;
    const steps: Step[] = [];
    const task = await this.wait(taskId, {
      onChange: (changed) => {
        const percent = changed.status === 'SUCCESSFUL' ? 100 : changed.progress?.percent ?? 0;
        steps.push({ percent, at: performance.now() });
        show(percent, changed);
      },
    });
    return { task, steps, requests: this.count.requests - requests, messages: this.count.messages - messages };
  }
}

/** Returns how much later one client showed the steps that the other one showed, in seconds, on average. */
export function meanDelaySeconds(first: Step[], second: Step[]): number {
  // A client that polls misses steps: it shows them with the next one.
  const delays = first.map(({ percent, at }) => second.find((step) => step.percent >= percent)!.at - at);
  return delays.reduce((sum, delay) => sum + delay, 0) / delays.length / 1000;
}
