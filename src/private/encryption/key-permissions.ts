import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { serviceHost } from './service-host';

/** A service that uses the key on behalf of who calls it. */
export type KeyService = 'dynamodb' | 's3' | 'sqs';

/**
 * What reading and writing an encrypted table takes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export const READ_TABLE_ACTIONS = ['kms:Decrypt'];
export const WRITE_TABLE_ACTIONS = [
  'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo',
];

/**
 * What receiving messages of an encrypted queue and sending them takes.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export const RECEIVE_ACTIONS = ['kms:Decrypt'];
export const SEND_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Grants permission to use a key through a service. CDK's own grants have asterisks in their actions, and work without the service. */
export function grantKey(grantee: iam.IGrantable, key: kms.IKey, scope: IConstruct, service: KeyService, actions: string[]): iam.Grant {
  return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [key.keyArn], conditions: via(scope, service) });
}

/**
 * Returns the condition that a service calls KMS on behalf of the principal.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export function via(scope: IConstruct, service: KeyService): Record<string, Record<string, string>> {
  return { StringEquals: { 'kms:ViaService': serviceHost(service, Stack.of(scope).region) } };
}
