import { getEventListeners } from 'node:events';
import { ApiServer } from './api-server';
import { VirtualClock } from './virtual-clock';
import { TaskClient, TaskClientOptions } from '../../client/src';

export interface Harness {
  readonly api: ApiServer;
  readonly clock: VirtualClock;
  client(options?: Partial<TaskClientOptions>): TaskClient;
}

/** Gives each test of a file a server and a clock of its own. Fails those that leave a timer behind. */
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

/** Catches what a promise is rejected with. Throws if it is not. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  const nothing = {};
  const thrown = await promise.then(() => nothing, (error) => error);
  if (thrown === nothing) throw new Error('nothing was thrown');
  return thrown;
}

export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}
