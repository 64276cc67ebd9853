import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/** Handles a batch of messages. A message that fails stays in its queue, and is logged; the others are deleted. */
export async function handleMessages(
  { Records }: SQSEvent, failureMessage: string, handle: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(Records.map((record) => handle(record)));
  return {
    batchItemFailures: outcomes.flatMap((outcome, i) => {
      if (outcome.status === 'fulfilled') return [];
      console.error({ message: failureMessage, messageId: Records[i].messageId, error: String(outcome.reason) });
      return [{ itemIdentifier: Records[i].messageId }];
    }),
  };
}
