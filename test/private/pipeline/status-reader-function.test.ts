import * as logs from 'aws-cdk-lib/aws-logs';
import { statementsOf, templateOf } from '../../support/constructs';
import { STATUS_READER } from '../../support/processors';

const template = templateOf();

test('the function gets the table, and neither the bus nor a queue', () => {
  expect(template.findResources('AWS::Lambda::Function')[STATUS_READER].Properties).toMatchObject({
    Description: 'Answers processors with the status of their task',
    Timeout: 10,
    MemorySize: 256,
    Environment: { Variables: { TABLE_NAME: { Ref: 'TasksTaskStatusE4AF7DB9' }, RETENTION_SECONDS: '604800' } },
  });
  expect(Object.keys(template.findResources('AWS::Lambda::Function')[STATUS_READER].Properties.Environment.Variables)).toHaveLength(2);
});

test('the function can read a task and end it, and nothing else', () => {
  expect(statementsOf(template, 'TasksStatusReaderRole')).toEqual([{
    Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], Effect: 'Allow', Resource: { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'Arn'] },
  }]);
});

test('nobody can invoke the function by its own policy', () => {
  template.resourcePropertiesCountIs('AWS::Lambda::Permission', { FunctionName: { 'Fn::GetAtt': [STATUS_READER, 'Arn'] } }, 0);
});

test.each([[undefined, 30], [logs.RetentionDays.ONE_WEEK, 7]])('with logRetention %s, its log group keeps logs for %d days', (logRetention, days) => {
  const resources = templateOf({ logRetention }).toJSON().Resources;
  const { Ref } = resources[STATUS_READER].Properties.LoggingConfig.LogGroup;
  expect(Ref).toMatch(/^TasksStatusReaderLog/);
  expect(resources[Ref]).toMatchObject({ Properties: { RetentionInDays: days }, DeletionPolicy: 'Delete' });
});
