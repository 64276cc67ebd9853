import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Clock } from './clock';
import type { Clock as HelperClock } from '../../processor/src/clock';
import { Random } from '../support/random';

/** Probabilities of faults, for each call. */
export interface Faults {
  /** The function crashes before or after a call. */
  readonly crash: number;
  /** The service refuses a call. */
  readonly throttle: number;
  /** The call was made, but its answer is lost: the SDK repeats it. */
  readonly lostAnswer: number;
  /** PutEvents refuses an entry of a call that it answers with 200. */
  readonly refusedEntry: number;
  /** A message, an event or a batch is delivered twice. */
  readonly duplicate: number;
  /** A message or an event is delayed for many minutes. */
  readonly heldBack: number;
}

export const NO_FAULTS: Faults = { crash: 0, throttle: 0, lostAnswer: 0, refusedEntry: 0, duplicate: 0, heldBack: 0 };

export type Service = (command: { readonly input: object }) => object;

export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly services: Readonly<Record<'dynamodb' | 'eventbridge' | 'sqs' | 'sfn' | 'ecs', Service>>;
  /** Called for each call of an invocation, with the number of its calls in flight. */
  readonly onCall: (inFlight: number) => void;
}

/** The SDK repeats an unanswered call twice. */
const SDK_ATTEMPTS = 3;

export class ServiceError extends Error {
  constructor(public readonly name: string) {
    super(name);
  }
}

/** Makes an SDK client whose calls go to a simulated service. Paginators of the SDK check its class. */
export function clientOf<C extends object>(
  type: { readonly prototype: C }, send: (command: { readonly input: object }) => Promise<object>,
): C {
  return Object.assign(Object.create(type.prototype), { send });
}

/** An invocation of a Lambda function, which can crash at any of its calls. */
export class Invocation {
  /** Whether a fault was injected. */
  public hadFault = false;
  private isDead = false;
  private inFlight = 0;
  private die?: (reason: Error) => void;

  constructor(private readonly environment: Environment) {}

  public clients(): { dynamodb: DynamoDBClient; eventbridge: EventBridgeClient; sqs: SQSClient; sfn: SFNClient; ecs: ECSClient } {
    const { services } = this.environment;
    return {
      dynamodb: this.client(DynamoDBClient, services.dynamodb),
      eventbridge: this.client(EventBridgeClient, services.eventbridge),
      sqs: this.client(SQSClient, services.sqs),
      sfn: this.client(SFNClient, services.sfn),
      ecs: this.client(ECSClient, services.ecs),
    };
  }

  /** Returns the time as the helper sees it. After a crash, no timer fires. */
  public clock(): HelperClock {
    const { clock } = this.environment;
    const after = (ms: number, callback: () => void) => {
      let isCancelled = false;
      clock.after(Math.ceil(ms), () => {
        if (!this.isDead && !isCancelled) callback();
      });
      return () => { isCancelled = true; };
    };
    const sleep = async (ms: number) => new Promise<void>((resolve) => after(ms, resolve));
    return { now: () => clock.now, after, sleep, turn: async () => sleep(0) };
  }

  /** Runs the function. Rejects if it throws or crashes. */
  public async run<T>(handler: (invocation: Invocation) => Promise<T>): Promise<T> {
    const death = new Promise<never>((_, reject) => { this.die = reject; });
    return Promise.race([handler(this), death]);
  }

  /** Whether the function has crashed, or was ended. */
  public get hasEnded(): boolean {
    return this.isDead;
  }

  /** Ends the function, as Lambda does when its time is up. */
  public kill(reason: string): void {
    this.isDead = true;
    this.hadFault = true;
    this.die!(new ServiceError(reason));
  }

  /** Makes a call of the SDK with an effect. */
  public async send<T>(effect: () => T): Promise<T> {
    this.environment.onCall(++this.inFlight);
    try {
      return await this.call(effect);
    } finally {
      this.inFlight--;
    }
  }

  /** Lets time pass, in which others act and this function can crash. */
  public async pass(ms: number): Promise<void> {
    const { clock, random, faults } = this.environment;
    await clock.sleep(ms);
    if (!this.isDead && random.chance(faults.crash)) this.kill('Crash');
    // A crashed invocation does nothing more.
    if (this.isDead) await new Promise(() => {});
  }

  private client<C extends object>(type: { readonly prototype: C }, service: Service): C {
    return clientOf(type, (command) => this.send(() => service(command)));
  }

  private async call<T>(effect: () => T): Promise<T> {
    const { random, faults } = this.environment;
    for (let attempt = 1; ; attempt++) {
      await this.pass(5 * random.int(0, 6));
      if (random.chance(faults.throttle)) {
        this.hadFault = true;
        if (attempt < SDK_ATTEMPTS) continue;
        throw new ServiceError('ThrottlingException');
      }
      const answer = effect();
      await this.pass(5 * random.int(0, 2));
      if (random.chance(faults.lostAnswer)) {
        this.hadFault = true;
        if (attempt < SDK_ATTEMPTS) continue;
        throw new ServiceError('TimeoutError');
      }
      return answer;
    }
  }
}
