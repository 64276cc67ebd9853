import { getEventListeners } from 'node:events';
import { TaskClient, TaskClientOptions } from '../../client/src';
import { ApiServer } from '../support/api-server';
import { VirtualClock } from '../support/virtual-clock';

export interface Harness {
  readonly api: ApiServer;
  readonly clock: VirtualClock;
  client(options?: Partial<TaskClientOptions>): TaskClient;
}

/** Creates a server for the tests of a file, and a clock for each of them. Fails tests that leave a timer behind. */
export function harness(): Harness {
  const parts = {} as { api: ApiServer; clock: VirtualClock };
  beforeAll(async () => {
    parts.api = await new ApiServer().listen();
  });
  afterAll(() => parts.api.stop());
  beforeEach(() => {
    parts.api.script();
    parts.clock = new VirtualClock();
    parts.clock.install();
  });
  afterEach(() => {
    parts.clock.uninstall();
    expect(parts.clock.pending).toBe(0);
  });
  return Object.assign(parts, {
    client: (options: Partial<TaskClientOptions> = {}) => new TaskClient({ url: parts.api.url, fetch: parts.clock.fetch, ...options }),
  });
}

/** Returns the reason that a promise is rejected with. Throws if it is not rejected. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  const nothing = {};
  const thrown = await promise.then(() => nothing, (error) => error);
  if (thrown === nothing) throw new Error('the promise was not rejected');
  return thrown;
}

export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}
