import { SQSClient } from '@aws-sdk/client-sqs';
import { describe } from './letter';
import { moveAll } from './move';
import { Queue } from './queue';
import { QUEUES } from './queues';
import { publishAgain, putAgain, Redriven, redriveEach } from './redrive';
import { OUTPUT } from '../../../src/protocol/wire';
import type { Aws } from '../connection/aws';
import type { Outputs } from '../connection/stack';
import { UsageError } from '../errors';
import { DEAD_LETTER_QUEUES, DeadLetter, DeadLetterQueueName, DeadLetterQueueState, RedriveResult } from '../protocol';

/** What can be done with the dead-letter queues of a TaskManager. */
export type DeadLetterQueues = Pick<DeadLetters, 'list' | 'show' | 'redrive'>;

interface ShowOptions {
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** The dead-letter queues of a TaskManager. */
export class DeadLetters {
  private readonly sqs: SQSClient;

  constructor(private readonly outputs: Outputs, private readonly aws: Aws) {
    this.sqs = new SQSClient(aws);
  }

  /** Returns the state of each queue that the TaskManager has. */
  public async list(): Promise<DeadLetterQueueState[]> {
    const names = DEAD_LETTER_QUEUES.filter((name) => this.outputs(QUEUES[name].output));
    return Promise.all(names.map(async (name) => {
      const { title, redrive, runbook } = QUEUES[name];
      const queue = this.queue(name);
      const { messages, hidden } = await queue.attributes();
      return { name, url: queue.url, title, redrive, runbook, messages, hidden };
    }));
  }

  /** Returns messages of a queue, up to `limit`. They stay in the queue. */
  public async show(name: DeadLetterQueueName, { limit, signal }: ShowOptions): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const messages of this.queue(name).read(limit)) {
      signal?.throwIfAborted();
      letters.push(...messages.map((message) => describe(name, message)));
    }
    return letters;
  }

  /**
   * Sends the messages of a queue back to where they came from. Those that are left are still in the queue. If the signal aborts, it starts
   * with no other message, and returns what it has done.
   */
  public async redrive(name: DeadLetterQueueName, signal?: AbortSignal): Promise<RedriveResult> {
    return { queue: name, ...await this.redriven(name, this.queue(name), signal) };
  }

  private async redriven(name: DeadLetterQueueName, queue: Queue, signal?: AbortSignal): Promise<Redriven> {
    const { destinationOutput } = QUEUES[name];
    if (destinationOutput) return moveAll(this.sqs, queue, this.queue(name, destinationOutput), signal);
    const sendAgain = name === 'publisher'
      ? publishAgain(this.aws, this.output(name, OUTPUT.STATUS_PUBLISHER))
      : putAgain(this.aws, this.output(name, OUTPUT.EVENT_BUS));
    return redriveEach(queue, name, sendAgain, signal);
  }

  private queue(name: DeadLetterQueueName, output: string = QUEUES[name].output): Queue {
    return new Queue(this.sqs, this.output(name, output));
  }

  private output(queue: DeadLetterQueueName, output: string): string {
    const value = this.outputs(output);
    if (value) return value;
    throw new UsageError(`the TaskManager has no dead-letter queue '${queue}': the stack has no output that ends with ${output}`);
  }
}
