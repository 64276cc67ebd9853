import { App, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { TaskManager, TaskManagerAttributes, TaskProcessor, TaskResults } from '../src';
import { aFunction, apiVariablesOf, aTaskManager, statementsOf, templateOf } from './support/constructs';
import { FUNCTION_ROLE, processorOf, processorRule } from './support/processors';

const KEY_ARN = 'arn:aws:kms:us-east-1:111111111111:key/1234';

/** Returns the properties of the only bucket. */
function bucketOf(template: Template) {
  const [bucket, ...more] = Object.values(template.findResources('AWS::S3::Bucket'));
  expect(more).toEqual([]);
  return bucket;
}

const functionVariables = (template: Template, description: string) => Object.values(
  template.findResources('AWS::Lambda::Function', { Properties: { Description: description } }),
)[0].Properties.Environment.Variables;

describe('TaskResults.bucket()', () => {
  const template = templateOf({ resultBucket: TaskResults.bucket() });

  test('makes a private, encrypted bucket that refuses plain HTTP', () => {
    expect(bucketOf(template).Properties).toMatchObject({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({
          Action: 's3:*', Effect: 'Deny', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        })],
      },
    });
  });

  test.each([
    [{}, 9, 2],
    [{ taskTimeout: Duration.hours(25), taskRetention: Duration.days(1) }, 4, 3],
    [{ taskTimeout: Duration.seconds(1), taskRetention: Duration.minutes(1) }, 2, 2],
    [{ taskTimeout: Duration.days(365), taskRetention: Duration.days(3650) }, 4016, 366],
  ])('with %j removes results after %d days, and incomplete uploads after %d', (props, days, uploadDays) => {
    expect(bucketOf(templateOf({ resultBucket: TaskResults.bucket(), ...props })).Properties.LifecycleConfiguration).toEqual({
      Rules: [
        { Status: 'Enabled', ExpirationInDays: days, AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploadDays } },
      ],
    });
  });

  test.each([[undefined, 'Retain'], [RemovalPolicy.DESTROY, 'Delete'], [RemovalPolicy.RETAIN, 'Retain']])('has the removal policy %s of the TaskManager', (removalPolicy, policy) => {
    expect(bucketOf(templateOf({ resultBucket: TaskResults.bucket(), removalPolicy })).DeletionPolicy).toBe(policy);
  });

  test('lets browsers download from the origins of the API', () => {
    expect(bucketOf(template).Properties).not.toHaveProperty('CorsConfiguration');
    const corsAllowOrigins = ['https://app.example.com'];
    expect(bucketOf(templateOf({ resultBucket: TaskResults.bucket(), corsAllowOrigins })).Properties.CorsConfiguration).toEqual({
      CorsRules: [
        { AllowedMethods: ['GET', 'HEAD'], AllowedOrigins: corsAllowOrigins, AllowedHeaders: ['*'], ExposedHeaders: ['Content-Disposition'] },
      ],
    });
  });

  test.each(['taskTimeout', 'taskRetention'])('throws if %s is a Token', (prop) => {
    const token = Duration.seconds(Token.asNumber({ Ref: 'Seconds' }));
    expect(() => templateOf({ resultBucket: TaskResults.bucket(), [prop]: token })).toThrow(/must not be Tokens .* use TaskResults.fromBucket\(\)/);
  });
});

test('there is no bucket by default', () => {
  const { stack, tasks } = aTaskManager();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 0);
  expect(tasks.resultBucket).toBeUndefined();
  expect(apiVariablesOf(template)).not.toHaveProperty('RESULT_BUCKET_NAME');
});

describe('the functions of a TaskManager with a bucket for results', () => {
  const { stack, tasks } = aTaskManager({ resultBucket: TaskResults.bucket() });
  const template = Template.fromStack(stack);
  const [bucketId] = Object.keys(template.findResources('AWS::S3::Bucket'));

  test('know it', () => {
    const name = { Ref: bucketId };
    expect(apiVariablesOf(template)).toMatchObject({
      RESULT_BUCKET_NAME: name, RESULT_BUCKET_DOMAIN_NAME: { 'Fn::GetAtt': [bucketId, 'RegionalDomainName'] },
    });
    expect(functionVariables(template, 'Publishes status changes of tasks as events')).toMatchObject({ RESULT_BUCKET_NAME: name });
    expect(functionVariables(template, 'Writes reports of processors to the table')).toMatchObject({ RESULT_BUCKET_NAME: name });
    expect(tasks.resultBucket).toBeInstanceOf(s3.Bucket);
  });

  test('can\'t write to it, and only that of the API can read it', () => {
    const withS3 = Object.values(template.findResources('AWS::IAM::Policy')).filter((policy) => JSON.stringify(policy).includes('"s3:'));
    expect(withS3).toHaveLength(1);
    expect(statementsOf(template, 'TasksApiHandler').filter(({ Action }) => String(Action).includes('s3:'))).toEqual([{
      Action: 's3:GetObject', Effect: 'Allow', Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucketId, 'Arn'] }, '/tasks/*']] },
    }]);
  });
});

const throughS3 = {
  StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] } },
};

describe('TaskResults.fromBucket()', () => {
  test('uses a bucket with a KMS key, and changes nothing in it', () => {
    const stack = new Stack(new App(), 'Stack');
    const bucket = new s3.Bucket(stack, 'Mine', { encryptionKey: new kms.Key(stack, 'Key') });
    const before = JSON.stringify(stack.resolve((bucket.node.defaultChild as s3.CfnBucket)._toCloudFormation()));
    const tasks = new TaskManager(stack, 'Tasks', { resultBucket: TaskResults.fromBucket(bucket) });
    new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });
    const template = Template.fromStack(stack);
    expect(JSON.stringify(stack.resolve((bucket.node.defaultChild as s3.CfnBucket)._toCloudFormation()))).toBe(before);
    expect(tasks.resultBucket).toBe(bucket);
    const key = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
    expect(statementsOf(template, 'TasksApiHandler')).toContainEqual({ Action: 'kms:Decrypt', Effect: 'Allow', Resource: key, Condition: throughS3 });
    expect(statementsOf(template, FUNCTION_ROLE)).toContainEqual({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Resource: key, Condition: throughS3,
    });
  });

  test('throws if the bucket is in another account', () => {
    expect(() => aTaskManager((stack) => ({
      resultBucket: TaskResults.fromBucket(s3.Bucket.fromBucketAttributes(stack, 'Theirs', { bucketName: 'theirs', account: '222222222222' })),
    }), { account: '111111111111', region: 'us-east-1' })).toThrow('resultBucket must be in the account and region of the TaskManager');
  });
});

describe('a processor', () => {
  const { template } = processorOf(aFunction, {}, { resultBucket: TaskResults.bucket() });
  const [bucketId] = Object.keys(template.findResources('AWS::S3::Bucket'));
  const mayPut = {
    Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
    Effect: 'Allow',
    Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucketId, 'Arn'] }, '/tasks/export/*']] },
  };

  test('can put results of its own task type, and read none', () => {
    expect(statementsOf(template, FUNCTION_ROLE).filter(({ Action }) => String(Action).includes('s3:'))).toEqual([mayPut]);
  });

  test('gets tasks after it can put results', () => {
    const [policyId] = Object.entries(template.findResources('AWS::IAM::Policy'))
      .filter(([, policy]) => JSON.stringify(policy).includes('s3:PutObject')).map(([id]) => id);
    expect(processorRule(template).DependsOn).toContain(policyId);
  });

  test('of an imported TaskManager can put results into its bucket, with its key', () => {
    const stack = importing({ resultBucketArn: 'arn:aws:s3:::results', resultBucketKeyArn: KEY_ARN });
    const statements = statementsOf(Template.fromStack(stack), FUNCTION_ROLE);
    expect(statements).toContainEqual({ ...mayPut, Resource: 'arn:aws:s3:::results/tasks/export/*' });
    expect(statements).toContainEqual({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Resource: KEY_ARN, Condition: throughS3,
    });
  });

  test('of a TaskManager that is imported without a bucket can put no results', () => {
    expect(JSON.stringify(Template.fromStack(importing({})))).not.toContain('s3:PutObject');
  });

  test('can\'t import a key without a bucket', () => {
    expect(() => importing({ resultBucketKeyArn: KEY_ARN })).toThrow('resultBucketKeyArn must be with resultBucketArn');
  });

  function importing(attributes: Partial<TaskManagerAttributes>): Stack {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
      eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/Bus',
      eventSource: 'task-manager.Stack.Tasks-12345678',
      undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:Undelivered',
      ...attributes,
    });
    new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
    return stack;
  }
});

test('grantUpdate() also grants permission to put results of the task type', () => {
  const { stack, tasks } = aTaskManager({ resultBucket: TaskResults.bucket() });
  const role = new iam.Role(stack, 'Worker', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  const grant = tasks.grantUpdate(role, 'export');
  expect(grant.success).toBe(true);
  const [statement] = statementsOf(Template.fromStack(stack), 'Worker').filter(({ Action }) => String(Action).includes('s3:'));
  expect(statement).toMatchObject({ Action: ['s3:PutObject', 's3:AbortMultipartUpload'] });
  expect(JSON.stringify(statement.Resource)).toContain('/tasks/export/*');
});
