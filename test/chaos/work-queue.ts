import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TaskStatusReply } from '../../src/protocol/wire';

const sqs = new SQSClient({});

/** What happened to the work on a task, as a message of a queue. */
export interface WorkMessage {
  readonly taskId: string;
  readonly work: 'not started' | 'started' | 'stopped' | 'done';
  /** What the function knew of the task when its work stopped, or did not start. */
  readonly status?: TaskStatusReply['status'];
}

/** Sends a message of the functions in this folder. */
export async function say(message: WorkMessage): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.WORK_QUEUE_URL, MessageBody: JSON.stringify(message) }));
}
