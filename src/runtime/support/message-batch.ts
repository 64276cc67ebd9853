import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { taskFieldsOfEvent } from './task-fields';

/** Handles a batch of messages. A message that fails stays in its queue, and is logged; the others are deleted. */
export async function handleMessages(
  { Records }: SQSEvent, failureMessage: string, handle: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(Records.map((record) => handle(record)));
  return {
    batchItemFailures: outcomes.flatMap((outcome, i) => {
      if (outcome.status === 'fulfilled') return [];
      const { messageId, body } = Records[i];
      console.error({ message: failureMessage, messageId, ...taskFieldsOfEvent(body), error: String(outcome.reason) });
      return [{ itemIdentifier: messageId }];
    }),
  };
}
