import '../support/environment';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { workName } from '../../src/runtime/work/work-name';
import { handler } from '../../src/runtime/work-stopper.lambda';
import { aContext, aTask, EVENT_SOURCE } from '../support/builders';
import { executionArn, FakeExecutions, MACHINE_ARN, WRAPPER_ARN } from '../support/work';

const sfn = mockClient(SFNClient);
const { taskId, createdAt } = aTask();
const NAME = workName({ source: `${EVENT_SOURCE}.processor.export`, taskId, createdAt });
const message = {
  messageId: 'message-1',
  body: JSON.stringify({
    'source': EVENT_SOURCE, 'detail-type': 'TaskCancelledEvent', 'detail': { taskId, type: 'export', status: 'CANCELLED', createdAt },
  }),
} as SQSRecord;

beforeEach(() => {
  (['info', 'error'] as const).forEach((level) => jest.spyOn(console, level).mockImplementation());
});

test('the handler stops the configured wrapper and its work', async () => {
  const executions = new FakeExecutions(sfn);
  const arns = [WRAPPER_ARN, MACHINE_ARN].map((arn) => executionArn(arn, NAME));
  for (const arn of arns) executions.set(arn, 'RUNNING');
  expect(await handler({ Records: [message] }, aContext())).toEqual({ batchItemFailures: [] });
  expect(executions.stopped).toEqual(arns);
});

test('the handler returns a message that it had no time for', async () => {
  sfn.restore();
  expect(await handler({ Records: [message] }, aContext(2_000))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
});
