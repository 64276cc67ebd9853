import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allowServices } from './encryption/key-policy';
import { executeApiArn, HTTP_API_STAGE } from './execute-api';
import { resolveResourceOptions } from './resource-options';
import { TaskManagerBase } from './task-manager-base';
import { TaskManagerAttributes } from '../task-manager-props';
import { TaskResourceOptions } from '../task-resource-options';
import { validateSameEnvironment } from './validation/same-environment';

/** A TaskManager that another app deployed. */
export class ImportedTaskManager extends TaskManagerBase {
  public readonly acceptedTaskTypes = undefined;
  public readonly eventBus: events.IEventBus;
  public readonly eventSource: string;
  public readonly logRetention: logs.RetentionDays;
  public readonly maxRequestSize = undefined;
  public readonly metricsByTaskType: boolean;
  public readonly resourceOptions: TaskResourceOptions;
  public readonly resultBucket?: s3.IBucket;
  public readonly statusReader?: lambda.IFunction;
  public readonly taskTimeout: Duration;
  public readonly undeliveredQueue: sqs.IQueue;

  constructor(scope: Construct, id: string, private readonly attributes: TaskManagerAttributes) {
    super(scope, id);
    this.eventBus = events.EventBus.fromEventBusArn(this, 'EventBus', attributes.eventBusArn);
    this.eventSource = attributes.eventSource;
    this.resourceOptions = resolveResourceOptions(this, attributes);
    if (this.resourceOptions.encryptionKey) allowServices(this, this.resourceOptions.encryptionKey);
    this.logRetention = attributes.logRetention ?? logs.RetentionDays.ONE_MONTH;
    this.metricsByTaskType = attributes.metricsByTaskType ?? false;
    this.statusReader = attributes.statusReaderArn === undefined
      ? undefined
      : lambda.Function.fromFunctionArn(this, 'StatusReader', attributes.statusReaderArn);
    this.taskTimeout = attributes.taskTimeout ?? Duration.hours(24);
    this.undeliveredQueue = sqs.Queue.fromQueueArn(this, 'Undelivered', attributes.undeliveredQueueArn);
    validateApi(attributes);
    const { resultBucketArn, resultBucketKeyArn } = attributes;
    if (resultBucketKeyArn !== undefined && resultBucketArn === undefined) {
      throw new Error('resultBucketKeyArn must be with resultBucketArn, the bucket that the key encrypts');
    }
    this.resultBucket = resultBucketArn === undefined ? undefined : s3.Bucket.fromBucketAttributes(this, 'Results', {
      bucketArn: resultBucketArn,
      encryptionKey: resultBucketKeyArn === undefined ? undefined : kms.Key.fromKeyArn(this, 'ResultsKey', resultBucketKeyArn),
    });
    validateSameEnvironment('eventBusArn', this.eventBus.env, 'stack', Stack.of(this));
    validateSameEnvironment('undeliveredQueueArn', this.undeliveredQueue.env, 'stack', Stack.of(this));
    if (this.statusReader) validateSameEnvironment('statusReaderArn', this.statusReader.env, 'stack', Stack.of(this));
  }

  /** @internal */
  protected _usesIam(): boolean {
    return true;
  }

  /** @internal */
  protected _methodArn(method: string, path: string): string {
    const { restApiId, httpApiId, resourcePath } = this.attributes;
    const apiId = restApiId ?? httpApiId;
    if (!apiId) {
      throw new Error('restApiId or httpApiId is required to grant access to the API, '
        + `at ${this.node.path}: pass it to fromTaskManagerAttributes()`);
    }
    const { stageName = restApiId ? 'prod' : HTTP_API_STAGE } = this.attributes;
    return executeApiArn(this, { apiId, stageName, resourcePath, method, path });
  }
}

function validateApi({ restApiId, httpApiId, resourcePath }: TaskManagerAttributes): void {
  if (restApiId !== undefined && httpApiId !== undefined) {
    throw new Error('restApiId must not be with httpApiId: a TaskManager has one API');
  }
  if (resourcePath === undefined) return;
  if (httpApiId !== undefined) throw new Error('resourcePath must not be with httpApiId: an HTTP API has no resources');
  if (!Token.isUnresolved(resourcePath) && !resourcePath.startsWith('/')) {
    throw new Error(`resourcePath must begin with '/', as resource.path does, got '${resourcePath}'`);
  }
}
