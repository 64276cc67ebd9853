import { createHash } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { LiveState } from '../../protocol/live';
import { environmentVariable } from '../support/configuration';
import { SdkClientTime, sdkClientSettings } from '../support/sdk-client-settings';
import { Task } from '../task/task';

/** A state to send to a page of those who watch a topic. */
export interface Announcement {
  readonly topic: string;
  readonly state: LiveState;
  /** When the change was read from the stream, in milliseconds since the epoch. */
  readonly at: number;
  /** Those with the same group don't hold up others, see {@link groupOf}. */
  readonly group: string;
  /** The last connection of the previous page. */
  readonly after?: string;
}

/** A connection to end when its token does. */
export interface Ending {
  readonly connectionId: string;
  /** In seconds since the epoch. */
  readonly endsAt: number;
}

export type LiveMessage = Announcement | Ending;

/** Maximum number of messages that one call sends, and maximum delay of a message: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MESSAGES_A_CALL = 10;
const MAX_DELAY_SECONDS = 900;

/** Queues what is to be sent to connections, so that many or slow ones hold up neither the stream nor each other. */
export class LiveQueue {
  /** Makes the queue of a Lambda function from the environment that the constructs set. */
  public static fromEnvironment(time: SdkClientTime): LiveQueue {
    return new LiveQueue(new SQSClient(sdkClientSettings(time)), environmentVariable('LIVE_QUEUE_URL'));
  }

  constructor(private readonly sqs: SQSClient, private readonly queueUrl: string) {}

  /** Queues announcements. Throws if the queue does not accept all of them. */
  public async announce(announcements: Announcement[]): Promise<void> {
    for (let start = 0; start < announcements.length; start += MESSAGES_A_CALL) {
      await this.send(announcements.slice(start, start + MESSAGES_A_CALL).map((announcement) => ({
        MessageBody: JSON.stringify(announcement), MessageGroupId: announcement.group,
      })));
    }
  }

  /** Queues the end of a connection. If that is further away than a message can be delayed, the message comes sooner. */
  public async endLater(ending: Ending, now: Date): Promise<void> {
    const seconds = Math.max(0, Math.ceil(ending.endsAt - now.getTime() / 1000));
    await this.send([{ MessageBody: JSON.stringify(ending), DelaySeconds: Math.min(MAX_DELAY_SECONDS, seconds) }]);
  }

  private async send(entries: { MessageBody: string; MessageGroupId?: string; DelaySeconds?: number }[]): Promise<void> {
    const { Failed = [] } = await this.sqs.send(new SendMessageBatchCommand({
      QueueUrl: this.queueUrl, Entries: entries.map((entry, i) => ({ Id: String(i), ...entry })),
    }));
    if (Failed.length > 0) throw new Error(`the queue refused ${Failed.length} of ${entries.length} messages: ${Failed[0].Code}`);
  }
}

/**
 * Returns the group of the announcements of a task: those of one owner are together. In a standard queue, groups are not ordered: SQS lets
 * those with few messages overtake those with many. A group has at most 128 characters, and an owner can be longer.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export function groupOf({ owner, taskId }: Pick<Task, 'owner' | 'taskId'>): string {
  return createHash('sha256').update(owner ?? taskId).digest('base64url');
}
