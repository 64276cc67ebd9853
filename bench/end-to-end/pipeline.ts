import { Agent, IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { TASK_TYPE } from './app';
import { Engine } from '../../local/engine/engine';

/** Times of a task, in milliseconds since the request to create it. */
export interface Times {
  readonly accepted: number;
  readonly started: number;
  /** When SUCCESSFUL was written, and so became visible. */
  readonly ended: number;
}

const PATIENCE_MS = 120_000;
/** Polls must not become a load. */
const POLL_MS = { first: 20, last: 500 };

/** A deployed pipeline. All its parts run on this machine, so they have the same clock. */
export class Pipeline {
  private readonly agent = new Agent({ keepAlive: true });

  /** A fixed signature. Without AUTH, the engine does not check signatures, and computing them would be half of the work here. */
  private readonly authorization: string;

  constructor({ credentials, region }: Pick<Engine, 'credentials' | 'region'>, private readonly url: string) {
    const scope = `${credentials.accessKeyId}/20261123/${region}/execute-api/aws4_request`;
    this.authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  }

  /** Creates a task, and polls it until it has ended. */
  public async run(): Promise<Times> {
    const askedAt = Date.now();
    const { taskId } = await this.create(TASK_TYPE);
    const accepted = Date.now() - askedAt;
    for (let pauseMs = POLL_MS.first; Date.now() < askedAt + PATIENCE_MS; pauseMs = Math.min(POLL_MS.last, 1.5 * pauseMs)) {
      await delay(pauseMs);
      const { status, result, updatedAt } = await this.request(`tasks/${taskId}`);
      if (status === 'SUCCESSFUL') return { accepted, started: Date.parse(result.startedAt) - askedAt, ended: Date.parse(updatedAt) - askedAt };
    }
    throw new Error(`task ${taskId} did not end in ${PATIENCE_MS / 1000} s`);
  }

  /** Runs `count` tasks, `concurrency` of them at a time. Returns the times of all, and the number of tasks per second. */
  public async runAll(count: number, concurrency: number): Promise<{ times: Times[]; tasksPerSecond: number }> {
    const times: Times[] = [];
    let started = 0;
    const begin = performance.now();
    await Promise.all(Array.from({ length: concurrency }, async () => {
      while (started++ < count) times.push(await this.run());
    }));
    return { times, tasksPerSecond: count / ((performance.now() - begin) / 1000) };
  }

  public async create(type: string): Promise<any> {
    return this.request('tasks', JSON.stringify({ type, payload: { n: 1 } }));
  }

  /** Sends a GET or, with a body, a POST. */
  public async request(path: string, body?: string): Promise<any> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method: body === undefined ? 'GET' : 'POST', agent: this.agent };
      const headers = { 'Authorization': this.authorization, 'Content-Type': 'application/json' };
      request(`${this.url}${path}`, { ...options, headers }, resolve).on('error', reject).end(body);
    });
    const answer = await json(response);
    if (response.statusCode! >= 300) throw new Error(`${path} answered ${response.statusCode}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
