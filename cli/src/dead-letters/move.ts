import { setTimeout as sleep } from 'node:timers/promises';
import { ListMessageMoveTasksCommand, ListMessageMoveTasksResultEntry, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { Queue } from './queue';
import type { Redriven } from './redrive';

const POLL_MS = 500;

const ACTIVE = ['RUNNING', 'CANCELLING'];

/**
 * Lets SQS move all messages of a dead-letter queue, and waits for the end.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export async function moveAll(sqs: SQSClient, queue: Queue, destination: Queue): Promise<Redriven> {
  const [{ arn: SourceArn }, { arn: DestinationArn }] = await Promise.all([queue.attributes(), destination.attributes()]);
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
  for (;;) {
    // A queue has one active move at a time, so that the newest one is ours.
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }));
    const [newest] = Results.sort((a, b) => Number(b.StartedTimestamp) - Number(a.StartedTimestamp));
    if (!ACTIVE.includes(newest?.Status ?? 'RUNNING')) return outcomeOf(newest);
    await sleep(POLL_MS);
  }
}

function outcomeOf({ Status, FailureReason, ApproximateNumberOfMessagesMoved = 0 }: ListMessageMoveTasksResultEntry): Redriven {
  const left = Status === 'COMPLETED' ? [] : [{ reason: `the move is ${Status}${FailureReason ? `: ${FailureReason}` : ''}` }];
  return { redriven: ApproximateNumberOfMessagesMoved, left };
}
