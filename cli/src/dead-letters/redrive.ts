import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Message } from '@aws-sdk/client-sqs';
import { describe, eventIn } from './letter';
import { Queue } from './queue';
import { parseJson } from '../../../client/src/json';
import type { Aws } from '../connection/aws';
import type { DeadLetterQueueName, RedriveResult } from '../protocol';

export type Redriven = Omit<RedriveResult, 'queue'>;

/** Sends the body of a message to where it came from. Returns why it was refused, or undefined. */
export type SendAgain = (body: string) => Promise<string | undefined>;

/** Redrives the messages of a queue that SQS can't move, and deletes those that were accepted. */
export async function redriveEach(
  queue: Queue, name: DeadLetterQueueName, sendAgain: SendAgain, signal?: AbortSignal,
): Promise<Redriven> {
  const accepted = new Set<string>();
  const left: { messageId?: string; reason: string }[] = [];
  let hasFailed = false;

  const redrive = async (message: Message) => {
    const { messageId, notRedrivable, body } = describe(name, message);
    // The publisher accepts a change that it can't publish, and puts it back into the queue: to redrive it for ever would help nobody.
    const refusal = accepted.delete(body) ? 'it was refused again, and is back in the queue' : notRedrivable ?? await sendAgain(body);
    if (refusal !== undefined) {
      left.push({ messageId, reason: refusal });
      return;
    }
    accepted.add(body);
    await queue.delete(message);
  };
  for await (const messages of queue.read(Infinity)) {
    await Promise.all(messages.map((message) => redrive(message).catch((error: Error) => {
      hasFailed = true;
      left.push({ messageId: message.MessageId, reason: `${error.name}: ${error.message}` });
    })));
    // Without a permission, for example, the others would fail, too.
    if (hasFailed || signal?.aborted) {
      left.push({ reason: `not tried, because ${hasFailed ? 'a call of AWS has failed' : 'the redrive was interrupted'}` });
      break;
    }
  }
  return { redriven: accepted.size, left };
}

/** Hands the record of a stream back to the publisher. */
export function publishAgain(aws: Aws, functionName: string): SendAgain {
  const lambda = new LambdaClient(aws);
  return async (record) => {
    const invocation = new InvokeCommand({ FunctionName: functionName, Payload: `{"Records":[${record}]}` });
    const { FunctionError, Payload } = await lambda.send(invocation);
    const answer = Object(parseJson(Payload?.transformToString() ?? '')) as { batchItemFailures?: unknown[]; errorMessage?: string };
    if (FunctionError) return `the publisher failed: ${answer.errorMessage ?? FunctionError}`;
    return answer.batchItemFailures?.length === 0 ? undefined : 'the publisher could not publish it';
  };
}

/** Puts an event on a bus again. */
export function putAgain(aws: Aws, eventBusName: string): SendAgain {
  const eventBridge = new EventBridgeClient(aws);
  return async (body) => {
    const { source, 'detail-type': detailType, detail, resources } = eventIn(body)!;
    const { Entries: [entry] = [] } = await eventBridge.send(new PutEventsCommand({
      Entries: [{
        EventBusName: eventBusName, Source: source, DetailType: detailType, Detail: JSON.stringify(detail), Resources: resources,
      }],
    }));
    return entry?.EventId ? undefined : `EventBridge refused it: ${entry?.ErrorCode}: ${entry?.ErrorMessage}`;
  };
}
