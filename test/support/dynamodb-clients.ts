import { EventEmitter, errorMonitor, once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect, types } from 'node:util';
import * as sdk from '@aws-sdk/client-dynamodb';
import { ReceivedRequest, signatureOf } from './faulty-dynamodb';
import * as own from '../../src/runtime/support/dynamodb-client';
import { sdkClientSettings } from '../../src/runtime/support/sdk-client-settings';
import { TimeBudget } from '../../src/runtime/support/time-budget';

type Settings = ReturnType<typeof sdkClientSettings>;
type Output<O> = Promise<Omit<O, '$metadata'>>;

/** The part of the SDK's client that the store uses. */
export interface ClientModule<Get, Put, Update, Query, BatchGet> {
  readonly DynamoDBClient: new (settings: Settings) => {
    send(command: Get): Output<sdk.GetItemCommandOutput>;
    send(command: Put): Output<sdk.PutItemCommandOutput>;
    send(command: Update): Output<sdk.UpdateItemCommandOutput>;
    send(command: Query): Output<sdk.QueryCommandOutput>;
    send(command: BatchGet): Output<sdk.BatchGetItemCommandOutput>;
  };
  readonly GetItemCommand: new (input: sdk.GetItemCommandInput) => Get;
  readonly PutItemCommand: new (input: sdk.PutItemCommandInput) => Put;
  readonly UpdateItemCommand: new (input: sdk.UpdateItemCommandInput) => Update;
  readonly QueryCommand: new (input: sdk.QueryCommandInput) => Query;
  readonly BatchGetItemCommand: new (input: sdk.BatchGetItemCommandInput) => BatchGet;
  readonly ConditionalCheckFailedException: {
    readonly prototype: Pick<sdk.ConditionalCheckFailedException, 'Item' | 'message' | 'name'>;
    [Symbol.hasInstance](value: unknown): boolean;
  };
}

/** Compiles if a module can stand where the SDK's stands. */
function clientModule<Get, Put, Update, Query, BatchGet>(module: ClientModule<Get, Put, Update, Query, BatchGet>) {
  return module as ClientModule<any, any, any, any, any>;
}

export const CLIENTS = {
  // Inference mixes up the SDK's types.
  sdk: clientModule<sdk.GetItemCommand, sdk.PutItemCommand, sdk.UpdateItemCommand, sdk.QueryCommand, sdk.BatchGetItemCommand>(sdk),
  own: clientModule(own),
};
export type ClientName = keyof typeof CLIENTS;
export type AnyModule = typeof CLIENTS[ClientName];

/** When the tests begin. HTTP has no smaller unit than the second. */
export const START = Date.parse('2026-03-01T12:00:00Z');

const environment = process.env;

// Jest gives tests an Error class of their own, but the errors of sockets are of that of Node.js. Here both are errors, as outside Jest.
const isInstance = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown) {
    return isInstance.call(this, value) || (this === Error && types.isNativeError(value));
  },
});

/** Gives a client an environment like that of a function, and a time that only moves when the test moves it. */
export function beginVirtualTime(): void {
  const others = Object.entries(environment).filter(([name]) => !/^_?(AWS(?!_SDK_JS)|X_AMZN)_/.test(name));
  process.env = {
    ...Object.fromEntries(others),
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'secret',
    // The SDK looks for settings there as well.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  jest.useFakeTimers({
    now: START,
    doNotFake: ['hrtime', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'],
  });
}

export function endVirtualTime(): void {
  jest.useRealTimers();
  process.env = environment;
}

/** One request of a call, as the client sees it. */
export interface Attempt {
  /** How long it took, until its response ended or it failed. */
  readonly ms: number;
  readonly outcome: string;
}

/** What became of a call. */
export interface CallOutcome {
  readonly value?: unknown;
  readonly error?: Record<string, unknown>;
}

/** A client with what happened to its calls. */
export class ObservedClient {
  public readonly outcomes: CallOutcome[] = [];
  public readonly attempts: Attempt[] = [];

  /** The pauses between the attempts, in milliseconds. They take no time. */
  public readonly pauses: number[] = [];

  /** Is called after each attempt that fails before there is an answer. */
  public onFailedAttempt?: () => Promise<void>;

  public readonly settings: Settings;
  private readonly budget = new TimeBudget(() => performance.now());
  private readonly client: InstanceType<AnyModule['DynamoDBClient']>;
  private readonly events = new EventEmitter();
  private inFlight = 0;
  private withHeaders = 0;
  private restoreTimers?: () => void;

  constructor(public readonly module: AnyModule, remainingMs = 25_000) {
    this.settings = sdkClientSettings({ reserveMs: 0, budget: this.budget });
    this.budget.begin({ getRemainingTimeInMillis: () => remainingMs });
    this.observeAttempts();
    this.skipPauses();
    this.client = new module.DynamoDBClient(this.settings);
  }

  /** Sends a call, and keeps what becomes of it. */
  public async send(command: unknown = this.get()): Promise<void> {
    const index = this.outcomes.push({}) - 1;
    this.outcomes[index] = await this.client.send(command).then(
      (output: any) => {
        const { $metadata, ...value } = output;
        return { value };
      },
      (error) => ({ error: this.describe(error) }),
    );
  }

  public get(): unknown {
    return new this.module.GetItemCommand({ TableName: 'TaskStatus', Key: { pk: { S: 'task' }, sk: { S: 'HEAD' } }, ConsistentRead: true });
  }

  /** Resolves when the client has the headers of an answer that has not ended. */
  public async headersArrived(): Promise<void> {
    while (this.withHeaders === 0) await once(this.events, 'headers');
    // Until the client has begun to read the body.
    await turn();
  }

  /** Moves the time until the client gives up its only attempt. */
  public async attemptEnds(): Promise<void> {
    while (this.inFlight > 0) {
      if (jest.getTimerCount() === 0) throw new Error('the attempt has no time limit');
      await jest.advanceTimersToNextTimerAsync();
      await turn();
    }
  }

  /** Resolves when the client has noticed that the server closed the connection. */
  public async connectionClosed(): Promise<void> {
    const { httpAgent } = (this.settings.requestHandler as any).config;
    while (Object.keys(httpAgent.freeSockets).length > 0) await turn();
  }

  public destroy(): void {
    this.settings.requestHandler.destroy();
    this.restoreTimers?.();
  }

  private observeAttempts(): void {
    const { requestHandler } = this.settings;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = async (...args) => {
      const startedAt = performance.now();
      let ended = false;
      this.inFlight++;
      const end = (outcome: string) => {
        if (ended) return;
        ended = true;
        this.inFlight--;
        this.attempts.push({ ms: performance.now() - startedAt, outcome });
      };
      try {
        const result = await handle(...args);
        const { body, statusCode } = result.response;
        this.withHeaders++;
        const close = (outcome: string) => {
          if (!ended) this.withHeaders--;
          end(outcome);
        };
        body.once('end', () => close(String(statusCode)));
        // Does not count as a listener, so that an error that the client does not handle ends the test.
        body.once(errorMonitor, (error: any) => close(`${statusCode}, then ${error.code ?? error.name}`));
        body.once('close', () => close(`${statusCode}, then closed`));
        this.events.emit('headers');
        return result;
      } catch (error: any) {
        end(error.code ?? error.name);
        await this.onFailedAttempt?.();
        throw error;
      }
    };
  }

  /** A timer that is set between attempts is a pause, and so is one without a time, if there are calls at once. */
  private skipPauses(): void {
    const fake = global.setTimeout;
    const set = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      if (this.inFlight > 0 && ms) return fake(callback, ms, ...args);
      this.pauses.push(ms ?? 0);
      return setImmediate(callback, ...args);
    };
    global.setTimeout = set as unknown as typeof setTimeout;
    this.restoreTimers = () => void (global.setTimeout = fake);
  }

  private describe(error: any): Record<string, unknown> {
    const { name, message, code, Item, $metadata } = error;
    return {
      name,
      // The words of the parser, the hints of the SDK and the port of the server make no difference.
      message: error instanceof SyntaxError ? 'not JSON' : message.replace(/\n *Deserialization error: .*/, '').replace(/127\.0\.0\.1:\d+/, 'server'),
      // Of a socket. The SDK also copies the members of a response, which nobody reads.
      code: $metadata?.requestId ? undefined : code,
      Item,
      httpStatusCode: $metadata?.httpStatusCode,
      isError: error instanceof Error,
      hasSecrets: /Credential=|secret|the token/.test(asLogged(error)),
      isConditionalCheckFailed: error instanceof (this.module.ConditionalCheckFailedException as any),
    };
  }
}

/** Returns all that a log can show of an error: what `inspect` and JSON have of it, with bytes as text. */
function asLogged(error: Error): string {
  const json = JSON.stringify(error, (_, value) => value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value);
  return `${inspect(error, { depth: 10 })}${json}`;
}

/** Headers that differ by intention, or from call to call. */
const INCOMPARABLE = ['host', 'authorization', 'user-agent', 'x-amz-user-agent', 'amz-sdk-invocation-id', 'x-amz-content-sha256'];

/** What two clients should send alike. */
export function comparable(requests: ReceivedRequest[]) {
  const calls = [...new Set(requests.map(({ headers }) => headers['amz-sdk-invocation-id']))];
  return requests.map((request) => {
    const { headers, body, ...rest } = request;
    const { signedHeaders, ...signature } = signatureOf(request);
    return {
      ...rest,
      // The order of its members is open.
      body: JSON.parse(body),
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !INCOMPARABLE.includes(name))),
      /** All attempts of a call have the same id. */
      call: calls.indexOf(headers['amz-sdk-invocation-id']) + 1,
      signedHeaders: signedHeaders.filter((name) => !INCOMPARABLE.includes(name)),
      signature,
    };
  });
}
