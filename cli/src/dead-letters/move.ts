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
export async function moveAll(sqs: SQSClient, queue: Queue, destination: Queue, signal?: AbortSignal): Promise<Redriven> {
  const [{ arn: SourceArn }, { arn: DestinationArn }] = await Promise.all([queue.attributes(), destination.attributes()]);
  const moves = async () => (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }))).Results ?? [];
  const earlier = new Set((await moves()).map(({ StartedTimestamp }) => StartedTimestamp));
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
  for (;;) {
    // Only running moves have a handle. SQS runs one at a time for a queue, so the first that is new is ours.
    const [ours] = (await moves()).filter(({ StartedTimestamp }) => !earlier.has(StartedTimestamp))
      .sort((a, b) => Number(a.StartedTimestamp) - Number(b.StartedTimestamp));
    if (ours && !ACTIVE.includes(ours.Status!)) return outcomeOf(ours);
    if (signal?.aborted) {
      return { redriven: ours?.ApproximateNumberOfMessagesMoved ?? 0, left: [{ reason: 'SQS goes on moving messages' }] };
    }
    await sleep(POLL_MS);
  }
}

function outcomeOf({ Status, FailureReason, ApproximateNumberOfMessagesMoved = 0 }: ListMessageMoveTasksResultEntry): Redriven {
  const left = Status === 'COMPLETED' ? [] : [{ reason: `the move is ${Status}${FailureReason ? `: ${FailureReason}` : ''}` }];
  return { redriven: ApproximateNumberOfMessagesMoved, left };
}
