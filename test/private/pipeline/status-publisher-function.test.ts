import { Capture, Match } from 'aws-cdk-lib/assertions';
import { statementsOf, templateOf } from '../../support/constructs';

const template = templateOf();
const DEAD_LETTER_QUEUE = 'TasksStatusPublisherDeadLetterQueueE233D775';
const MAPPING = { EventSourceArn: { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'StreamArn'] } };

test('the publisher gets new tasks and changes of the status only', () => {
  const patterns = new Capture();
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    ...MAPPING, StartingPosition: 'TRIM_HORIZON', BatchSize: 100, FilterCriteria: { Filters: patterns },
  });
  expect(patterns.asArray().map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
    { dynamodb: { NewImage: { item: { S: ['task'] }, status: { S: ['PENDING'] }, previousStatus: { S: [{ exists: false }] } } } },
    { dynamodb: { NewImage: { item: { S: ['task'] }, status: { S: ['RUNNING'] }, previousStatus: { S: ['PENDING'] } } } },
    { dynamodb: { NewImage: { item: { S: ['task'] }, status: { S: ['SUCCESSFUL', 'FAILED', 'CANCELLED'] }, previousStatus: { S: ['PENDING', 'RUNNING'] } } } },
  ]);
});

test('a failed record is retried from the lowest failed one, in ever smaller batches', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    ...MAPPING, BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: Match.absent(),
  });
});

test('a record is moved to the dead-letter queue an hour before the stream deletes it', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    ...MAPPING,
    MaximumRecordAgeInSeconds: 82_800,
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [DEAD_LETTER_QUEUE, 'Arn'] } } },
  });
});

test('the dead-letter queue keeps messages for 14 days', () => {
  const queues = template.findResources('AWS::SQS::Queue', { Properties: { MessageRetentionPeriod: 1_209_600 } });
  expect(Object.keys(queues)).toContain(DEAD_LETTER_QUEUE);
});

test('the function gets the table, the bus, the status reader and the dead-letter queue', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Timeout: 30,
    Environment: {
      Variables: {
        TABLE_NAME: { Ref: 'TasksTaskStatusE4AF7DB9' },
        RETENTION_SECONDS: '604800',
        EVENT_BUS_NAME: { Ref: 'TasksEventBusD7D69F14' },
        EVENT_SOURCE: Match.stringLikeRegexp('^task-manager\\.Stack\\.Tasks-[0-9a-f]{8}$'),
        STATUS_READER_ARN: { 'Fn::GetAtt': ['TasksStatusReaderA4770F5D', 'Arn'] },
        DEAD_LETTER_QUEUE_URL: { Ref: DEAD_LETTER_QUEUE },
      },
    },
  });
});

test('the function can publish events of its TaskManager, but no reports and no events of other TaskManagers', () => {
  const [statement] = statementsOf(template, 'TasksStatusPublisherRole').filter(({ Action }) => Action === 'events:PutEvents');
  expect(statement).toEqual({
    Effect: 'Allow',
    Action: 'events:PutEvents',
    Resource: { 'Fn::GetAtt': ['TasksEventBusD7D69F14', 'Arn'] },
    Condition: {
      'ForAllValues:StringEquals': {
        'events:source': expect.stringMatching(/^task-manager\.Stack\.Tasks-[0-9a-f]{8}$/),
        'events:detail-type': ['TaskCreatedEvent', 'TaskRunningEvent', 'TaskSuccessfulEvent', 'TaskFailedEvent', 'TaskCancelledEvent'],
      },
      'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
    },
  });
});
