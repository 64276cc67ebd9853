import { Annotations, Aws, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { serviceHost } from './service-host';

/**
 * Lets CloudWatch Logs and EventBridge use a key. If CDK can't change the policy of the key, a warning says which statements it needs.
 *
 * The statements contain no names of resources: the stack of the key would depend on that of the TaskManager, which depends on the key.
 */
export function allowServices(scope: Construct, key: kms.IKey): void {
  const statements = serviceStatements(scope, key);
  const added = statements.map((statement) => key.addToResourcePolicy(statement, true).statementAdded);
  if (added.every(Boolean)) return;
  Annotations.of(scope).addWarningV2('cdk-task-manager:keyPolicy',
    `the policy of encryptionKey ${key.node.path} must have these statements, because CDK can't change it: `
    + JSON.stringify(Stack.of(scope).resolve(statements.map((statement) => statement.toStatementJson()))));
}

function serviceStatements(scope: Construct, key: kms.IKey): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const account = known(key.env.account, stack.account);
  const region = known(key.env.region, stack.region);
  const { partition = Aws.PARTITION } = Token.isUnresolved(region) ? {} : RegionInfo.get(region);
  return [
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(serviceHost('logs', region))],
      actions: [
        'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` } },
    }),
    // For the bus, and for the queues of rules:
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  ];
}

function known(value: string, otherwise: string): string {
  return Token.isUnresolved(value) ? otherwise : value;
}
