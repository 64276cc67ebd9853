import { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { BusEvent } from './event-bus';
import { Environment, Invocation } from './invocation';

export interface Message {
  readonly body: string;
  /** The parsed body, if it is known. */
  readonly event?: BusEvent;
  readonly attributes?: Record<string, string>;
}

export interface QueueOptions {
  readonly arn: string;
  readonly consume: (invocation: Invocation, records: SQSRecord[]) => Promise<SQSBatchResponse>;
  readonly onAcknowledged: (message: Message) => void;
}

const MAX_RECEIVES = 5;
const VISIBILITY_MS = 180_000;
const BATCH = 10;

/** A standard SQS queue with its event source mapping: at least once, in no order, and at most five attempts. */
export class Queue {
  private waiting: { message: Message; receives: number }[] = [];
  private isPolling = false;
  private nextId = 0;

  constructor(private readonly environment: Environment, private readonly options: QueueOptions) {}

  public send(message: Message): void {
    const { clock, random, faults } = this.environment;
    const copies = random.chance(faults.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = random.chance(faults.heldBack) ? random.longDelayMs() : 10 * random.int(0, 50);
      clock.after(delayMs, () => this.arrive(message, 0));
    }
  }

  private arrive(message: Message, receives: number): void {
    this.waiting.push({ message, receives });
    if (this.isPolling) return;
    this.isPolling = true;
    this.environment.clock.after(20, () => this.poll());
  }

  private poll(): void {
    this.isPolling = false;
    while (this.waiting.length > 0) void this.deliver(this.waiting.splice(0, BATCH));
  }

  private async deliver(batch: { message: Message; receives: number }[]): Promise<void> {
    const { clock, random, faults } = this.environment;
    const records = batch.map(({ message }) => toRecord(message, this.options.arn, `message-${this.nextId++}`));
    const failed = await new Invocation(this.environment).run((invocation) => this.options.consume(invocation, records)).then(
      ({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      () => new Set(records.map(({ messageId }) => messageId)),
    );
    batch.forEach(({ message, receives }, i) => {
      if (!failed.has(records[i].messageId)) {
        this.options.onAcknowledged(message);
        // The message is deleted, but not on all servers of the queue.
        if (random.chance(faults.duplicate)) clock.after(VISIBILITY_MS, () => this.arrive(message, 1));
      } else if (receives + 1 < MAX_RECEIVES) {
        clock.after(VISIBILITY_MS, () => this.arrive(message, receives + 1));
      }
    });
  }
}

function toRecord({ body, attributes = {} }: Message, eventSourceARN: string, messageId: string): SQSRecord {
  const messageAttributes = Object.fromEntries(Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' }]));
  return { messageId, eventSourceARN, body, messageAttributes } as unknown as SQSRecord;
}
