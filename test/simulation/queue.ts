import { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { BusEvent } from './event-bus';
import { Environment, Invocation } from './invocation';

export interface Message {
  readonly body: string;
  /** The parsed body, if it is known. */
  readonly event?: BusEvent;
  readonly attributes?: Record<string, string>;
  /** `DelaySeconds`, in milliseconds. */
  readonly delayMs?: number;
}

export interface QueueOptions {
  readonly arn: string;
  readonly consume: (invocation: Invocation, records: SQSRecord[]) => Promise<SQSBatchResponse>;
  readonly onAcknowledged?: (message: Message) => void;
  /** Receives the messages that failed in each attempt. */
  readonly deadLetterQueue?: Queue;
  /** @default 5 */
  readonly maxReceives?: number;
  /** @default 180000 */
  readonly visibilityMs?: number;
  /** @default 10 */
  readonly batchSize?: number;
  /** The number of batches that are handled at the same time. @default - any number */
  readonly maxConcurrency?: number;
}

/** A standard SQS queue with its event source mapping: at least once, in no order, and a limited number of attempts. */
export class Queue {
  private waiting: { message: Message; receives: number }[] = [];
  private isPolling = false;
  private running = 0;
  private nextId = 0;

  private readonly options: QueueOptions & Required<Pick<QueueOptions, 'maxReceives' | 'visibilityMs' | 'batchSize' | 'maxConcurrency'>>;

  constructor(private readonly environment: Environment, options: QueueOptions) {
    this.options = { maxReceives: 5, visibilityMs: 180_000, batchSize: 10, maxConcurrency: Infinity, ...options };
  }

  public send(message: Message): void {
    const { clock, random, faults } = this.environment;
    const copies = random.chance(faults.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = random.chance(faults.heldBack) ? random.longDelayMs() : 10 * random.int(0, 50);
      clock.after(delayMs + (message.delayMs ?? 0), () => this.arrive(message, 0));
    }
  }

  private arrive(message: Message, receives: number): void {
    this.waiting.push({ message, receives });
    this.wake();
  }

  private wake(): void {
    if (this.isPolling || this.waiting.length === 0) return;
    this.isPolling = true;
    this.environment.clock.after(20, () => this.poll());
  }

  private poll(): void {
    this.isPolling = false;
    const { batchSize, maxConcurrency } = this.options;
    while (this.waiting.length > 0 && this.running < maxConcurrency) void this.deliver(this.waiting.splice(0, batchSize));
  }

  private async deliver(batch: { message: Message; receives: number }[]): Promise<void> {
    const { clock, random, faults } = this.environment;
    const { arn, consume, onAcknowledged, deadLetterQueue, maxReceives, visibilityMs, maxConcurrency } = this.options;
    this.running++;
    const records = batch.map(({ message, receives }) => toRecord(message, receives + 1, arn, `message-${this.nextId++}`));
    const failed = await new Invocation(this.environment).run((invocation) => consume(invocation, records)).then(
      ({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      () => new Set(records.map(({ messageId }) => messageId)),
    );
    this.running--;
    if (this.running === maxConcurrency - 1) this.wake();
    batch.forEach(({ message, receives }, i) => {
      if (!failed.has(records[i].messageId)) {
        onAcknowledged?.(message);
        // The message is deleted, but not on all servers of the queue.
        if (random.chance(faults.duplicate)) clock.after(visibilityMs, () => this.arrive(message, 1));
      } else if (receives + 1 < maxReceives) {
        clock.after(visibilityMs, () => this.arrive(message, receives + 1));
      } else {
        clock.after(visibilityMs, () => deadLetterQueue?.send(message));
      }
    });
  }
}

function toRecord({ body, attributes = {} }: Message, receives: number, eventSourceARN: string, messageId: string): SQSRecord {
  const messageAttributes = Object.fromEntries(Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' }]));
  return {
    messageId, eventSourceARN, body, messageAttributes, attributes: { ApproximateReceiveCount: String(receives) },
  } as unknown as SQSRecord;
}
