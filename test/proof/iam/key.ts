import { allow, Case, deny } from './case';
import { ACCOUNT, Deployment, REGION } from '../deployment';

/** The keys of resources, by their ARNs. */
type Keys = ReadonlyMap<string, string>;

/** The actions on a key that a service makes for a call of it. */
interface Use {
  readonly role: string;
  readonly key: string;
  readonly service: string;
  readonly actions: string[];
}

const READ = ['kms:Decrypt'];
const SEND = ['kms:Decrypt', 'kms:GenerateDataKey'];
const WRITE_TABLE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const LOG = [...WRITE_TABLE, 'kms:GenerateDataKeyWithoutPlaintext'];
const ALL = [...LOG, 'kms:CreateGrant', 'kms:ScheduleKeyDeletion'];

/**
 * What the services do with the key for each call, on behalf of who makes it.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
 */
const USES: Record<string, string[]> = {
  'dynamodb:BatchGetItem': READ,
  'dynamodb:DeleteItem': WRITE_TABLE,
  'dynamodb:GetItem': READ,
  'dynamodb:GetRecords': READ,
  'dynamodb:PutItem': WRITE_TABLE,
  'dynamodb:Query': READ,
  'dynamodb:UpdateItem': WRITE_TABLE,
  's3:GetObject': READ,
  's3:PutObject': SEND,
  'sqs:ReceiveMessage': READ,
  'sqs:SendMessage': SEND,
};

/**
 * Returns the uses of keys. They follow from what is encrypted with a key, and from the calls that the other cases allow: whoever may call
 * a service may use the key of the resource through that service, and nobody may use a key otherwise.
 */
export function requestsOfKeys(deployment: Deployment, calls: Case[]): Case[] {
  const keys = keysOf(deployment);
  const allowed = calls.filter((call) => call.allowed);
  return [
    ...ofRoles(keys, allowed),
    ...ofEvents(deployment, keys, allowed),
    ...ofStateMachines(deployment, keys, allowed),
    ...deployment.ofType('AWS::Logs::LogGroup').flatMap(({ logicalId }) => {
      const logGroup = deployment.attribute(logicalId, 'Arn').replace(/:\*$/, '');
      return keys.has(logGroup) ? ofLogs(logGroup, keys.get(logGroup)!) : [];
    }),
  ];
}

function keysOf(deployment: Deployment): Keys {
  const KEY_OF: Record<string, (properties: any) => string | undefined> = {
    'AWS::DynamoDB::GlobalTable': ({ Replicas }) => Replicas[0].SSESpecification?.KMSMasterKeyId,
    'AWS::Events::EventBus': ({ KmsKeyIdentifier }) => KmsKeyIdentifier,
    'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
    'AWS::S3::Bucket': ({ BucketEncryption: { ServerSideEncryptionConfiguration: [rule] } }) => rule.ServerSideEncryptionByDefault.KMSMasterKeyID,
    'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
    'AWS::StepFunctions::StateMachine': ({ EncryptionConfiguration }) => EncryptionConfiguration?.KmsKeyId,
  };
  return new Map(deployment.ofType(...Object.keys(KEY_OF)).flatMap(({ logicalId, type, properties }) => {
    const key = KEY_OF[type](deployment.resolve({ ...properties, DefinitionString: undefined }));
    return key === undefined ? [] : [[deployment.attribute(logicalId, 'Arn').replace(/:\*$/, ''), key] as const];
  }));
}

/** Returns the ARN of what has the key: of an index or a stream its table, of an object its bucket, of an execution its state machine. */
function encryptedPartOf(arn: string): string {
  return arn
    .replace(/^(arn:aws:dynamodb:.*:table\/[^/]+)\/.*$/, '$1')
    .replace(/^(arn:aws:s3:::[^/]+)\/.*$/, '$1')
    .replace(/^(arn:aws:states:.*):execution:([^:]+):.*$/, '$1:stateMachine:$2');
}

const hostOf = (service: string) => `${service}.${REGION}.amazonaws.com`;

/** Each role may use each key for its calls only. */
function ofRoles(keys: Keys, calls: Case[]): Case[] {
  const roles = [...new Set(calls.map(({ principal }) => principal).filter((principal) => !principal.includes('.')))];
  const uses = calls.flatMap(({ principal, action, resource }): Use[] => {
    const key = keys.get(encryptedPartOf(resource));
    return key === undefined || !USES[action] ? [] : [{ role: principal, key, service: action.split(':')[0], actions: USES[action] }];
  });
  return roles.flatMap((role) => [...new Set(keys.values())].flatMap((key) =>
    through(role, key, uses.filter((use) => use.role === role && use.key === key))));
}

function through(role: string, key: string, uses: Use[]): Case[] {
  const needed = (service: string) => new Set(uses.filter((use) => use.service === service).flatMap(({ actions }) => actions));
  // Roles that need no key are many.
  const actions = uses.length > 0 ? ALL : SEND;
  return [
    ...['dynamodb', 's3', 'sqs', 'lambda'].flatMap((service) => actions.map((action) => needed(service).has(action)
      ? allow(role, action, key, { 'kms:ViaService': hostOf(service) })
      : deny(role, action, key, 'not needed', { 'kms:ViaService': hostOf(service) }))),
    ...actions.map((action) => deny(role, action, key, 'without a service')),
  ];
}

/** What EventBridge does with the keys of buses, and of the queues that its rules send to. */
function ofEvents(deployment: Deployment, keys: Keys, calls: Case[]): Case[] {
  const sends = calls.filter(({ principal, action }) => principal === 'events.amazonaws.com' && action === 'sqs:SendMessage')
    .filter(({ resource }) => keys.has(resource));
  const buses = deployment.ofType('AWS::Events::EventBus').map(({ logicalId }) => deployment.attribute(logicalId, 'Arn')).filter((arn) => keys.has(arn));
  return [
    ...sends.flatMap(({ resource, context }) => fromAccount(SEND, keys.get(resource)!, context['aws:SourceArn'] as string)),
    ...buses.flatMap((bus) => fromAccount(['kms:DescribeKey', ...SEND], keys.get(bus)!, bus)),
  ];
}

function fromAccount(actions: string[], key: string, source: string): Case[] {
  const events = 'events.amazonaws.com';
  const own = { 'aws:SourceArn': source, 'aws:SourceAccount': ACCOUNT };
  const another = { 'aws:SourceArn': source.replace(ACCOUNT, '222222222222'), 'aws:SourceAccount': '222222222222' };
  return [
    ...actions.flatMap((action) => [
      allow(events, action, key, own),
      deny(events, action, key, 'for another account', another),
      deny(events, action, key, 'for nobody'),
      deny('s3.amazonaws.com', action, key, 'another service', own),
    ]),
    deny(events, 'kms:CreateGrant', key, 'not needed'),
  ];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
function ofLogs(logGroup: string, key: string): Case[] {
  const service = hostOf('logs');
  const of = (arn: string) => ({ 'kms:EncryptionContext:aws:logs:arn': arn });
  return [
    ...LOG.flatMap((action) => [
      allow(service, action, key, of(logGroup)),
      deny(service, action, key, 'of another account', of(logGroup.replace(ACCOUNT, '222222222222'))),
      deny(service, action, key, 'of another region', of(logGroup.replace(REGION, 'us-east-1'))),
      deny(service, action, key, 'of nothing'),
      deny('s3.amazonaws.com', action, key, 'another service', of(logGroup)),
    ]),
    deny(service, 'kms:CreateGrant', key, 'not needed'),
  ];
}

/** What reads the state of an execution. */
const READ_EXECUTIONS = ['states:DescribeExecution', 'states:GetExecutionHistory'];

/**
 * Step Functions uses the key with the role of the state machine, and lets only those read executions who may decrypt them.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 */
function ofStateMachines(deployment: Deployment, keys: Keys, calls: Case[]): Case[] {
  return deployment.ofType('AWS::StepFunctions::StateMachine').flatMap(({ logicalId, properties }) => {
    const arn = deployment.attribute(logicalId, 'Arn');
    const key = keys.get(arn);
    if (key === undefined) return [];
    const own: string = deployment.resolve(properties.RoleArn).split('/').at(-1);
    const readers = new Set(calls.filter(({ action, resource }) => READ_EXECUTIONS.includes(action) && encryptedPartOf(resource) === arn)
      .map(({ principal }) => principal));
    const of = (stateMachine: string) => ({ 'kms:EncryptionContext:aws:states:stateMachineArn': stateMachine });
    return [
      ...SEND.flatMap((action) => [
        allow(own, action, key, of(arn)),
        deny(own, action, key, 'of another account', of(arn.replace(ACCOUNT, '222222222222'))),
      ]),
      ...[...readers].flatMap((reader) => [
        allow(reader, 'kms:Decrypt', key, of(arn)),
        deny(reader, 'kms:Decrypt', key, 'of another state machine', of(`${arn}Another`)),
        deny(reader, 'kms:GenerateDataKey', key, 'not needed', of(arn)),
      ]),
    ];
  });
}
