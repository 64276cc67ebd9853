import { Match } from 'aws-cdk-lib/assertions';
import { statementsOf, templateOf } from '../../support/constructs';

const template = templateOf();
const SWEEPER = 'TasksSweeper72E78CF7';
const TABLE_ARN = { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'Arn'] };

test('the sweeper starts once a minute, without retries', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    EventBusName: Match.absent(),
    Targets: [{ Arn: { 'Fn::GetAtt': [SWEEPER, 'Arn'] }, Id: 'Target0', RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } }],
  });
});

test('a failed sweep is not retried', () => {
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: SWEEPER }, Qualifier: '$LATEST', MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0,
  });
  template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Ends overdue tasks', Timeout: 90 });
});

test('the sweeper can only update tasks, query the index of checks, and invoke itself', () => {
  expect(statementsOf(template, 'TasksSweeperRole')).toEqual([
    { Action: 'dynamodb:UpdateItem', Effect: 'Allow', Resource: TABLE_ARN },
    { Action: 'dynamodb:Query', Effect: 'Allow', Resource: { 'Fn::Join': ['', [TABLE_ARN, '/index/checks']] } },
    { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [SWEEPER, 'Arn'] } },
  ]);
});

test('the permission to invoke itself is in a policy that the function does not depend on', () => {
  const { DependsOn, Properties: { Role } } = template.findResources('AWS::Lambda::Function')[SWEEPER];
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([, { Properties: { Roles } }]) => Roles[0].Ref === Role['Fn::GetAtt'][0]);
  const needed = policies.filter(([id]) => DependsOn.includes(id));
  expect(policies).toHaveLength(2);
  expect(needed).toHaveLength(1);
  expect(JSON.stringify(needed)).not.toContain(SWEEPER);
});

test('the function gets the table and the retention of tasks', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Ends overdue tasks',
    Environment: { Variables: { TABLE_NAME: { Ref: 'TasksTaskStatusE4AF7DB9' }, RETENTION_SECONDS: '604800' } },
  });
});
