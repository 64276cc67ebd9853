import { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import { TaskManagerProps } from '../../../src';
import { templateOf } from '../../support/constructs';

const QUEUE = 'TasksStatusUpdaterUndelivered97786E4C';

/** Returns the statements that allow someone to send messages to the queue. */
function allowed(props?: (stack: Stack) => TaskManagerProps) {
  const policies = Object.values(templateOf(props).findResources('AWS::SQS::QueuePolicy', { Properties: { Queues: [{ Ref: QUEUE }] } }));
  expect(policies).toHaveLength(1);
  return policies[0].Properties.PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow');
}

const rules = (...resource: unknown[]) =>
  ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':events:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ...resource]] });

test('only rules of the bus, in the same account, can send messages', () => {
  expect(allowed()).toEqual([{
    Action: 'sqs:SendMessage',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Resource: { 'Fn::GetAtt': [QUEUE, 'Arn'] },
    Condition: {
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnLike: { 'aws:SourceArn': rules(':rule/', { Ref: 'TasksEventBusD7D69F14' }, '/*') },
    },
  }]);
});

test('rules of a given bus can send messages', () => {
  expect(allowed((stack) => ({ eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'given') }))).toEqual([
    expect.objectContaining({ Condition: expect.objectContaining({ ArnLike: { 'aws:SourceArn': rules(':rule/given/*') } }) }),
  ]);
});

test.each<[string, (stack: Stack) => events.IEventBus]>([
  ['its name', (stack) => events.EventBus.fromEventBusName(stack, 'Bus', 'default')],
  ['its ARN', (stack) => events.EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:us-east-1:111111111111:event-bus/default')],
])('only rules of the default bus, whose ARNs do not contain its name, can send messages if it is given by %s', (_, eventBus) => {
  expect(allowed((stack) => ({ eventBus: eventBus(stack) }))).toEqual([
    expect.objectContaining({
      Condition: expect.objectContaining({ ArnLike: { 'aws:SourceArn': rules(':rule/*') }, ArnNotLike: { 'aws:SourceArn': rules(':rule/*/*') } }),
    }),
  ]);
});

test('messages must be sent over TLS', () => {
  templateOf().hasResourceProperties('AWS::SQS::QueuePolicy', {
    Queues: [{ Ref: QUEUE }],
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
  });
});
