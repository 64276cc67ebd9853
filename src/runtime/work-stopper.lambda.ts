import { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { INVOCATION_BUDGET } from './support/time-budget';
import { configuredWork } from './work/configured-work';

const { stopper } = configuredWork();

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  INVOCATION_BUDGET.begin(context);
  return stopper.stopEnded(event);
}
