import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand, Message, ReceiveMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS returns up to 10 messages at a time. */
const BATCH = 10;

/** Time for which a message is hidden from others while it is looked at. */
const HIDDEN_SECONDS = 60;

/** A message that is read for longer than that comes again. After as many answers with such messages only, there are no others. */
const MAX_REPEATS = 10;

/** A queue of SQS. */
export class Queue {
  constructor(private readonly sqs: SQSClient, public readonly url: string) {}

  public async attributes(): Promise<{ readonly arn: string; readonly messages: number; readonly hidden: number }> {
    const { Attributes = {} } = await this.sqs.send(new GetQueueAttributesCommand({
      QueueUrl: this.url, AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }));
    return {
      arn: Attributes.QueueArn!,
      messages: Number(Attributes.ApproximateNumberOfMessages),
      hidden: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    };
  }

  /**
   * Reads messages, each once, up to `limit`, and yields those of each answer of SQS. Those that are not deleted can be read again when it
   * ends.
   */
  public async* read(limit: number): AsyncGenerator<Message[], void, undefined> {
    const seen = new Map<string, Message>();
    let repeats = 0;
    try {
      while (seen.size < limit && repeats < MAX_REPEATS) {
        const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({
          QueueUrl: this.url,
          MaxNumberOfMessages: Math.min(BATCH, limit - seen.size),
          VisibilityTimeout: HIDDEN_SECONDS,
          // Asks all servers of SQS: otherwise, an answer can be empty although there are messages.
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }));
        const fresh = Messages.filter(({ MessageId }) => !seen.has(MessageId!));
        for (const message of Messages) seen.set(message.MessageId!, message);
        if (Messages.length === 0) return;
        repeats = fresh.length === 0 ? repeats + 1 : 0;
        if (fresh.length > 0) yield fresh;
      }
    } finally {
      await this.release([...seen.values()]);
    }
  }

  public async delete({ ReceiptHandle }: Message): Promise<void> {
    await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }));
  }

  /** Makes messages visible. It fails for deleted ones, which does no harm. */
  private async release(messages: Message[]): Promise<void> {
    for (let start = 0; start < messages.length; start += BATCH) {
      await this.sqs.send(new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.url,
        Entries: messages.slice(start, start + BATCH)
          .map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle, VisibilityTimeout: 0 })),
      }));
    }
  }
}
