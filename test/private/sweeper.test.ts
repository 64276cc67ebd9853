import { Match } from 'aws-cdk-lib/assertions';
import { statementsOf, templateOf } from '../constructs';

const template = templateOf();
const SWEEPER = 'TasksSweeper72E78CF7';
const TABLE_ARN = { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'Arn'] };

test('the sweeper starts every minute, and a start that fails is left to the next', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    EventBusName: Match.absent(),
    Targets: [{ Arn: { 'Fn::GetAtt': [SWEEPER, 'Arn'] }, Id: 'Target0', RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } }],
  });
});

test('a sweep that fails is left to the next', () => {
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: SWEEPER }, Qualifier: '$LATEST', MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0,
  });
  template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Ends the tasks whose time is over', Timeout: 60 });
});

test('the sweeper reads and writes tasks, finds them by the one index, and can do nothing else', () => {
  expect(statementsOf(template, 'TasksSweeperRole')).toEqual([
    { Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], Effect: 'Allow', Resource: TABLE_ARN },
    { Action: 'dynamodb:Query', Effect: 'Allow', Resource: { 'Fn::Join': ['', [TABLE_ARN, '/index/checks']] } },
  ]);
});

test('the function knows the table, and how long to keep what it ends', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Ends the tasks whose time is over',
    Environment: { Variables: { TABLE_NAME: { Ref: 'TasksTaskStatusE4AF7DB9' }, RETENTION_SECONDS: '604800' } },
  });
});
