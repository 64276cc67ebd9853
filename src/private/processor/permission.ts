import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import {
  asLongAs, LONGEST_BUCKET_ARN, LONGEST_BUS_ARN, LONGEST_FUNCTION_ARN, LONGEST_KEY_ARN, LONGEST_QUEUE_ARN, LONGEST_SERVICE, LONGEST_SOURCE,
} from './longest-names';
import { EVENT, processorSource, resultKeyPrefix } from '../../protocol/wire';
import { ITaskManager } from '../../task-manager-interface';
import { KeyService, RECEIVE_ACTIONS, via } from '../encryption/key-permissions';
import { onlyEventsOf } from '../grant-put-events';
import { ENCRYPT_RESULT_ACTIONS, PUT_RESULT_ACTIONS, resultObjectsArn } from '../grant-put-results';

/** Permission that the role of a function needs. Permissions with equal statements but for one list share a statement. */
export interface Permission {
  /** Identifies the statement. */
  readonly statementId: string;
  /** What the permission adds to the list. */
  readonly item: string;
  /** Returns the statement with a list of items. */
  readonly statement: (items: string[]) => iam.PolicyStatement;
  /** Returns the statement with names as long as they can become. */
  readonly longest: (items: string[]) => object;
}

/** The permission to report on the tasks of one type. Permissions for the same bus share a statement with a list of sources. */
export function permissionToReport({ eventBus: { eventBusArn }, eventSource }: ITaskManager, taskType: string): Permission {
  const actions = ['events:PutEvents'];
  return {
    statementId: eventBusArn,
    item: processorSource(eventSource, taskType),
    statement: (sources) => new iam.PolicyStatement({
      actions, resources: [eventBusArn], conditions: onlyEventsOf(sources, EVENT.UPDATED),
    }),
    longest: (sources) => ({
      Action: actions,
      Condition: onlyEventsOf(sources.map((source) => asLongAs(source, LONGEST_SOURCE)), [EVENT.UPDATED]),
      Effect: 'Allow',
      Resource: asLongAs(eventBusArn, LONGEST_BUS_ARN),
    }),
  };
}

/** The permission to ask for the status of tasks. None if the TaskManager has no function that answers. */
export function permissionsToAsk({ statusReader }: ITaskManager): Permission[] {
  return statusReader ? [permissionToInvoke(statusReader)] : [];
}

/** The permission to invoke a function. */
export function permissionToInvoke({ functionArn }: lambda.IFunction): Permission {
  return permissionOn(functionArn, LONGEST_FUNCTION_ARN, ['lambda:InvokeFunction']);
}

/** The permissions to receive the messages of a queue, as an event source mapping does with the role of its function. */
export function permissionsToConsume(queue: sqs.IQueue): Permission[] {
  const { queueArn, encryptionMasterKey: key } = queue;
  const messages = permissionOn(queueArn, LONGEST_QUEUE_ARN, ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']);
  return key ? [messages, permissionOnKey(key, queue, 'sqs', RECEIVE_ACTIONS)] : [messages];
}

/** The permission to use a key through a service. */
function permissionOnKey({ keyArn }: kms.IKey, scope: IConstruct, service: KeyService, actions: string[]): Permission {
  const { item, longest } = permissionOn(keyArn, LONGEST_KEY_ARN, actions);
  return {
    statementId: `kms:ViaService ${service}`,
    item,
    statement: (keys) => new iam.PolicyStatement({ actions, resources: keys, conditions: via(scope, service) }),
    longest: (keys) => ({ ...longest(keys), Condition: { StringEquals: { 'kms:ViaService': 'x'.repeat(LONGEST_SERVICE) } } }),
  };
}

/** The permissions to put results of one task type into the bucket for them. None if the TaskManager has no bucket. */
export function permissionsToPutResults({ resultBucket: bucket }: ITaskManager, taskType: string): Permission[] {
  if (!bucket) return [];
  const longestArn = LONGEST_BUCKET_ARN + `/${resultKeyPrefix(taskType)}*`.length;
  const objects = permissionOn(resultObjectsArn(bucket, taskType), longestArn, PUT_RESULT_ACTIONS);
  return bucket.encryptionKey ? [objects, permissionOnKey(bucket.encryptionKey, bucket, 's3', ENCRYPT_RESULT_ACTIONS)] : [objects];
}

/** The permissions to read payloads of one task type that were too long for an event. None if the TaskManager has no bucket. */
export function permissionsToReadPayloads({ resultBucket: bucket }: ITaskManager, taskType: string): Permission[] {
  if (!bucket) return [];
  const longestArn = LONGEST_BUCKET_ARN + `/${resultKeyPrefix(taskType)}*`.length;
  // The key's permissions are those to put results.
  return [permissionOn(resultObjectsArn(bucket, taskType), longestArn, ['s3:GetObject'])];
}

/** A permission on a resource. Those for the same actions share a statement with a list of resources. */
function permissionOn(arn: string, longestArn: number, actions: string[]): Permission {
  return {
    statementId: actions[0],
    item: arn,
    statement: (resources) => new iam.PolicyStatement({ actions, resources }),
    longest: (resources) => ({ Action: actions, Effect: 'Allow', Resource: resources.map((item) => asLongAs(item, longestArn)) }),
  };
}
