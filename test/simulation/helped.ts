import { mark } from './invariants';
import { Environment, Invocation } from './invocation';
import { TaskFailure, TaskProcessorOptions, TaskTools } from '../../processor/src';
import { awsServices } from '../../processor/src/aws-services';
import { taskHandler } from '../../processor/src/task-processor';
import { TaskStatusReply, TaskStatusRequest } from '../../src/protocol/wire';
import { Random } from '../support/random';

/** What the work of a processor with the helper can use. */
export interface HelpedTools extends TaskTools {
  readonly random: Random;
  readonly attempt: number;
  /** When the task was created, so that reports show which task they are for. */
  readonly createdAt: string;
  /** Lets time pass, in which the function can crash. */
  pause(ms: number): Promise<void>;
}

/** One invocation of a function with the helper. */
export interface HelpedInvocation {
  readonly environment: Environment;
  readonly behaviour: string;
  readonly attempt: number;
  readonly createdAt: string;
  /** The event that the function gets, from the bus or from its queue. */
  readonly event: object;
  /** How often the queue delivers the event at most. */
  readonly maxReceiveCount: number;
  /** Asks the StatusReader. Returns undefined if it fails. */
  ask(request: TaskStatusRequest): Promise<TaskStatusReply | undefined>;
  /** Called before each step of the work, with the time when the function was invoked. */
  onStep(invokedAt: number): void;
}

const FUNCTION_MS = 900_000;

/** Invokes a function with the helper. Returns what it returned, as Lambda serializes it. Throws if the function throws or crashes. */
export async function invokeHelped({ environment, behaviour, attempt, createdAt, event, ...world }: HelpedInvocation): Promise<unknown> {
  const { clock, random } = environment;
  const invocation = new Invocation(environment);
  const invokedAt = clock.now;
  const { options = {}, work } = HELPED[behaviour];
  const pause = async (ms: number) => {
    world.onStep(invokedAt);
    await invocation.pass(ms);
  };
  const services = awsServices(invocation.clients().eventbridge, invocation.clock(), optionalPackages(invocation, world));
  const handler = taskHandler(async (_, tools) => work({ ...tools, random, attempt, createdAt, pause }), options, services);
  const returned = await invocation.run(() => handler(event, { getRemainingTimeInMillis: () => FUNCTION_MS - (clock.now - invokedAt) }));
  return JSON.parse(JSON.stringify(returned ?? null));
}

/** Returns the optional packages of the helper, whose clients call the StatusReader and a queue. */
function optionalPackages(invocation: Invocation, { ask, maxReceiveCount }: Pick<HelpedInvocation, 'ask' | 'maxReceiveCount'>): any {
  class Command {
    constructor(public readonly input: any) {}
  }
  const status = async ({ input }: Command) => {
    const answer = await ask(JSON.parse(Buffer.from(input.Payload).toString()));
    return invocation.send(() => answer ? { Payload: Buffer.from(JSON.stringify(answer)) } : { FunctionError: 'Unhandled' });
  };
  const attributes = async () => invocation.send(() => ({ Attributes: { RedrivePolicy: JSON.stringify({ maxReceiveCount }) } }));
  return {
    loadLambda: async () => ({ InvokeCommand: Command, LambdaClient: class { public readonly send = status; } }),
    loadSqs: async () => ({ GetQueueAttributesCommand: Command, SQSClient: class { public readonly send = attributes; } }),
  };
}

/** A processor with the helper. */
export interface Helped {
  readonly options?: TaskProcessorOptions;
  work(tools: HelpedTools): Promise<unknown>;
}

/** A work that stops as soon as its task has ended. */
export const STOPPABLE = 'helpedStoppable';

/** Behaviours of processors with the helper. */
export const HELPED: Record<string, Helped> = {
  helped: {
    async work({ progress, pause, random, createdAt }) {
      for (let i = random.int(0, 4); i > 0; i--) {
        await progress(random.int(0, 100), mark(createdAt));
        await pause(100 * random.int(0, 30));
      }
      return random.chance(0.5) ? { rows: 3, by: mark(createdAt) } : undefined;
    },
  },
  helpedFailing: {
    async work({ pause, random, createdAt }) {
      await pause(100 * random.int(0, 30));
      throw new TaskFailure('NoDisk', `the disk is full ${mark(createdAt)}`);
    },
  },
  helpedThrowing: {
    async work({ pause, random }) {
      await pause(100 * random.int(0, 30));
      throw new Error('no luck');
    },
  },
  /** Its third attempt starts later than its heartbeat after the second one, so that the heartbeat must have been taken back. */
  helpedRecovering: {
    options: { heartbeatSeconds: 90 },
    async work({ pause, attempt, random }) {
      await pause(100 * random.int(0, 700));
      if (attempt < 3) throw new Error('no luck');
      return attempt;
    },
  },
  helpedBeating: {
    options: { heartbeatSeconds: 60 },
    async work({ progress, pause, createdAt }) {
      await progress(50, mark(createdAt));
      await pause(150_000);
    },
  },
  [STOPPABLE]: {
    options: { statusIntervalSeconds: 10 },
    async work({ pause, attempt, random, signal }) {
      for (let i = random.int(5, 30); i > 0; i--) {
        await pause(4_000);
        signal.throwIfAborted();
      }
      if (attempt === 1 && random.chance(0.5)) throw new Error('no luck');
    },
  },
  /** It returns what EventBridge refuses in each attempt. */
  helpedEntangled: {
    async work() {
      return JSON.parse('['.repeat(1100) + ']'.repeat(1100));
    },
  },
};
