import { Match } from 'aws-cdk-lib/assertions';
import { templateOf } from '../../support/constructs';

const template = templateOf();
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const QUEUE = 'TasksStatusUpdaterQueue4837CBBF';
const UNDELIVERED = 'TasksStatusUpdaterUndelivered97786E4C';
const DEAD_LETTER_QUEUE = 'TasksStatusUpdaterDeadLetterQueue20447FFD';
const UNDELIVERED_DEAD_LETTER_QUEUE = 'TasksStatusUpdaterUndeliveredDeadLetterQueueDA1B3A86';

test('reports of processors go to a queue, or to the dead-letter queue if EventBridge can\'t deliver them', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventBusName: { Ref: 'TasksEventBusD7D69F14' },
    EventPattern: { 'source': [{ prefix: Match.stringLikeRegexp('^task-manager\\.Stack\\.Tasks-[0-9a-f]{8}\\.processor\\.$') }], 'detail-type': ['TaskUpdatedEvent'] },
    Targets: [{ Arn: arnOf(QUEUE), DeadLetterConfig: { Arn: arnOf(DEAD_LETTER_QUEUE) }, Id: 'Target0' }],
  });
});

test.each([
  ['reports', QUEUE, 100],
  ['undelivered events', UNDELIVERED, 5],
])('the updater reads %s from their queue, and leaves failed messages there', (_, queue, concurrency) => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: arnOf(queue),
    FunctionName: { Ref: 'TasksStatusUpdaterBC0BF886' },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: concurrency },
  });
});

test.each([
  [QUEUE, DEAD_LETTER_QUEUE],
  [UNDELIVERED, UNDELIVERED_DEAD_LETTER_QUEUE],
])('%s moves a message to its own dead-letter queue after five attempts, each with six times the function\'s timeout', (queue, deadLetterQueue) => {
  expect(template.findResources('AWS::SQS::Queue')[queue].Properties).toMatchObject({
    VisibilityTimeout: 180,
    RedrivePolicy: { deadLetterTargetArn: arnOf(deadLetterQueue), maxReceiveCount: 5 },
  });
  template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Writes reports of processors to the table', Timeout: 30 });
});

test.each([DEAD_LETTER_QUEUE, UNDELIVERED, UNDELIVERED_DEAD_LETTER_QUEUE])('%s keeps its messages for 14 days', (queue) => {
  expect(template.findResources('AWS::SQS::Queue')[queue].Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600 });
});

test('the function gets the table, the event source, and the queue that it trusts less', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Writes reports of processors to the table',
    Environment: {
      Variables: {
        TABLE_NAME: { Ref: 'TasksTaskStatusE4AF7DB9' },
        RETENTION_SECONDS: '604800',
        UNDELIVERED_QUEUE_ARN: arnOf(UNDELIVERED),
        EVENT_SOURCE: Match.stringLikeRegexp('^task-manager\\.Stack\\.Tasks-[0-9a-f]{8}$'),
      },
    },
  });
});
