import * as fc from 'fast-check';
import { harness } from './harness';
import { Task } from '../../client/src';
import { aTask, Received, Reply } from '../support/api-server';

const h = harness();

/** What can go wrong: the request is lost, the response is lost, or a proxy responds. */
const FAULTS: Record<string, (serve: () => Reply) => Reply> = {
  nothing: (serve) => serve(),
  requestLost: () => 'drop',
  responseLost: (serve) => {
    serve();
    return 'drop';
  },
  responseCut: (serve) => {
    serve();
    return 'truncate';
  },
  throttled: () => ({ status: 429, headers: { 'Retry-After': '2' } }),
  broken: (serve) => {
    serve();
    return { status: 500, body: { title: 'Internal Server Error', status: 500 } };
  },
  proxy: () => ({ status: 502, headers: { 'Retry-After': 'later' }, body: '<html>Bad Gateway</html>' }),
  portal: () => ({ status: 200, body: '<html>Welcome</html>' }),
};

/** A task manager whose tasks make progress with each poll, and end with the last one. */
class Manager {
  public readonly tasks = new Map<string, Task>();
  private version = 0;

  constructor(private readonly polls: number) {}

  public serve({ method, headers, body }: Received): Reply {
    if (method === 'POST') {
      const key = headers['idempotency-key'] as string;
      if (!this.tasks.has(key)) this.tasks.set(key, aTask({ type: JSON.parse(body).type }));
      return { status: 202, headers: { 'Retry-After': '1' }, body: this.tasks.get(key) };
    }
    const [task] = this.tasks.values();
    const percent = Math.min(100, Math.floor(100 * this.version++ / this.polls));
    const current = percent === 100 ? { ...task, status: 'SUCCESSFUL', result: 'done' } : { ...task, status: 'RUNNING', progress: { percent } };
    const etag = `"${percent}"`;
    return headers['if-none-match'] === etag
      ? { status: 304, headers: { 'ETag': etag, 'Retry-After': '1' } }
      : { headers: { 'ETag': etag, 'Retry-After': '1' }, body: current };
  }
}

test('runs each task exactly once and gets its result, despite any sequence of faults', async () => {
  const fault = fc.constantFrom(...Object.keys(FAULTS));
  // At most four in a row: a creation has five attempts.
  const phases = fc.array(fc.array(fault, { maxLength: 4 }), { maxLength: 6 });
  // fast-check prints the seed and the path of a failure. Pass them to this call to reproduce it.
  const chance = fc.double({ min: 0, max: 0.99, noNaN: true });
  await fc.assert(fc.asyncProperty(phases, fc.integer({ min: 1, max: 5 }), chance, async (faults, polls, random) => {
    h.clock.random = random;
    h.clock.sentAt = [];
    const manager = new Manager(polls);
    const script = faults.flatMap((phase) => [...phase, 'nothing']);
    const askedFor: number[] = [];
    h.api.answer = (request) => {
      const reply = FAULTS[script.shift() ?? 'nothing'](() => manager.serve(request));
      askedFor.push(typeof reply === 'object' ? 1000 * Number(reply.headers?.['Retry-After'] ?? 0) || 0 : 0);
      return reply;
    };
    const shown: Task[] = [];

    const result = await h.client().run('export', { table: 'customers' }, { onChange: (task) => shown.push(task) });

    expect(result).toBe('done');
    expect(manager.tasks.size).toBe(1);
    expect(shown.map(({ status }) => status)).toEqual(['PENDING', ...shown.slice(2).map(() => 'RUNNING'), 'SUCCESSFUL']);
    const percents = shown.slice(1, -1).map(({ progress }) => progress!.percent!);
    expect(percents.every((percent, i) => i === 0 || percent > percents[i - 1])).toBe(true);
    const pauses = h.clock.sentAt.slice(1).map((at, i) => at - h.clock.sentAt[i]);
    expect(pauses.every((pause, i) => pause >= askedFor[i])).toBe(true);
    expect(h.clock.pending).toBe(0);
  }), { numRuns: 100 });
});
