import { CLIENTS, ClientName, ObservedClient, beginVirtualTime, comparable, endVirtualTime } from './dynamodb-clients';
import { Behaviour, FaultyDynamoDb, answers } from './faulty-dynamodb';

export const ITEM = {
  pk: { S: 'task' }, sk: { S: 'HEAD' }, percent: { N: '12.50' }, done: { BOOL: false }, none: { NULL: true }, list: { L: [{ M: {} }] },
};
export const FOUND = { Item: ITEM };
export const finds = answers(FOUND);

/** Ends what is played, also if its test is too late. */
let finish = async () => {};

afterEach(async () => {
  await finish();
  jest.restoreAllMocks();
});

/** A client with the server that it talks to. */
export interface World {
  readonly client: ObservedClient;
  readonly server: FaultyDynamoDb;
}

export interface Scenario {
  /** What the server does with the requests, one after the other; the last one is for all that follow. */
  readonly script?: Behaviour[] | ((world: World) => Behaviour[]);
  /** @default - one call */
  readonly steps?: (world: World) => Promise<void>;
  readonly env?: NodeJS.ProcessEnv;
  /** Of the endpoint. */
  readonly path?: string;
  readonly random?: number;
  readonly remainingMs?: number;
}

/** Plays a scenario with a client of its own, on a server of its own. */
export async function play(name: ClientName, { script = [finds], steps = ({ client }) => client.send(), env, path = '', random = 0.5, remainingMs }: Scenario) {
  beginVirtualTime();
  const jitter = jest.spyOn(Math, 'random').mockReturnValue(random);
  const server = await FaultyDynamoDb.start();
  Object.assign(process.env, { AWS_ENDPOINT_URL: `http://127.0.0.1:${server.port}${path}` }, env);
  const client = new ObservedClient(CLIENTS[name], remainingMs);
  const world = { client, server };
  finish = async () => {
    finish = async () => {};
    client.destroy();
    await server.stop();
    jitter.mockRestore();
    endVirtualTime();
  };
  try {
    server.follow(...typeof script === 'function' ? script(world) : script);
    await steps(world);
    if (server.failure) throw server.failure;
    const { outcomes, attempts, pauses } = client;
    return { outcomes, attempts, pauses, requests: comparable(server.requests) };
  } finally {
    await finish();
  }
}

export type Played = Awaited<ReturnType<typeof play>>;

export interface Expected {
  /** What became of the last call. */
  readonly value?: unknown;
  readonly error?: Record<string, unknown>;
  /** What became of each attempt, of all calls. */
  readonly attempts: unknown[];
  readonly pauses?: number[];
  /** The connection of each request. */
  readonly connections?: number[];
}

/** Plays a scenario with both clients, and expects the same of both. */
export async function playBoth(scenario: Scenario, expected?: Expected): Promise<Played> {
  const theirs = await play('sdk', scenario);
  const ours = await play('own', scenario);
  expect(ours).toEqual(theirs);
  ours.requests.forEach(({ signature }) => expect(signature.isRight).toBe(true));
  if (expected) check(ours, expected);
  return ours;
}

/** Expects what is expected of both, so that they are not wrong in the same way. */
export function check({ outcomes, attempts, pauses, requests }: Played, expected: Expected): void {
  const { value, error } = outcomes.at(-1)!;
  const described = expected.error && expect.objectContaining({ isError: true, hasSecrets: false, ...expected.error });
  expect({ value, error }).toEqual({ value: expected.value, error: described });
  expect(attempts.map(({ outcome }) => outcome)).toEqual(expected.attempts);
  if (expected.pauses) expect(pauses).toEqual(expected.pauses);
  if (expected.connections) expect(requests.map(({ connection }) => connection)).toEqual(expected.connections);
}

export const times = <T>(count: number, what: T): T[] => Array.from({ length: count }, () => what);

/** Makes calls one after the other. */
export const calls = (count: number) => async ({ client }: World): Promise<void> => {
  for (let call = 0; call < count; call++) await client.send();
};
