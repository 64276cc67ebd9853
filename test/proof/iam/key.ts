import { allow, Case, deny, OVER_TLS } from './case';
import { TaskManager } from '../../../src';
import { LongProcessor, ProofApp } from '../app';
import { ACCOUNT, Deployment, REGION } from '../deployment';

const READ = ['kms:Decrypt'];
const SEND = ['kms:Decrypt', 'kms:GenerateDataKey'];
const WRITE_TABLE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** Returns the uses of the keys of TaskManagers: by services, and by roles through services. */
export function requestsOfKeys(app: ProofApp): Case[] {
  return [
    ...ofServices(app.deployment),
    ...ofMappings(app),
    ...app.taskManagers.flatMap(({ taskManager, operator }) => ofTaskManager(app, taskManager, app.role(operator))),
    ...app.longWork.flatMap((work) => ofLongWork(app, work)),
  ];
}

/** Returns the use of a key by a role through a service, which is denied without the service and through another one. */
function through(service: string, role: string, actions: string[], key: string): Case[] {
  const via = (name: string) => ({ 'kms:ViaService': `${name}.${REGION}.amazonaws.com` });
  return [
    ...actions.flatMap((action) => [
      allow(role, action, key, via(service)),
      deny(role, action, key, 'through another service', via('s3')),
      deny(role, action, key, 'directly'),
      deny(role, action, key.replace(/[^/]+$/, 'another'), 'of another key', via(service)),
    ]),
    deny(role, 'kms:CreateGrant', key, 'not needed', via(service)),
  ];
}

/** What services do with the key by themselves. The policy of the key allows it. */
function ofServices(deployment: Deployment): Case[] {
  const keyed = (type: string, property: string) => deployment.ofType(type)
    .map(({ logicalId, properties }) => ({ logicalId, key: properties[property] && deployment.resolve(properties[property]) as string }))
    .filter(({ key }) => key);
  const queues = new Map(keyed('AWS::SQS::Queue', 'KmsMasterKeyId').map(({ logicalId, key }) => [deployment.attribute(logicalId, 'Arn'), key]));
  return [
    ...keyed('AWS::Logs::LogGroup', 'KmsKeyId').flatMap(({ logicalId, key }) => logs(deployment.attribute(logicalId, 'Arn').replace(/:\*$/, ''), key)),
    ...keyed('AWS::Events::EventBus', 'KmsKeyIdentifier').flatMap(({ logicalId, key }) =>
      fromAccount(['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'], key, deployment.attribute(logicalId, 'Arn'))),
    ...deployment.ofType('AWS::Events::Rule').flatMap(({ logicalId, properties }) => deployment.resolve(properties.Targets)
      .flatMap(({ Arn, DeadLetterConfig }: any) => [Arn, DeadLetterConfig?.Arn])
      .filter((arn: string) => queues.has(arn))
      .flatMap((arn: string) => fromAccount(SEND, queues.get(arn)!, deployment.attribute(logicalId, 'Arn')))),
  ];
}

function logs(logGroup: string, key: string): Case[] {
  const service = `logs.${REGION}.amazonaws.com`;
  const actions = [...WRITE_TABLE, 'kms:GenerateDataKeyWithoutPlaintext'];
  const of = (arn: string) => ({ 'kms:EncryptionContext:aws:logs:arn': arn });
  return actions.flatMap((action) => [
    allow(service, action, key, of(logGroup)),
    deny(service, action, key, 'of another account', of(logGroup.replace(ACCOUNT, '222222222222'))),
    deny('s3.amazonaws.com', action, key, 'another service', of(logGroup)),
  ]);
}

function fromAccount(actions: string[], key: string, source: string): Case[] {
  const events = 'events.amazonaws.com';
  const elsewhere = source.replace(ACCOUNT, '222222222222');
  return actions.flatMap((action) => [
    allow(events, action, key, { 'aws:SourceArn': source, 'aws:SourceAccount': ACCOUNT }),
    deny(events, action, key, 'for another account', { 'aws:SourceArn': elsewhere, 'aws:SourceAccount': '222222222222' }),
  ]);
}

/** What Lambda does with the role of a function, to read a queue and to write to a destination. */
function ofMappings({ deployment }: ProofApp): Case[] {
  const keyOf = new Map(deployment.ofType('AWS::SQS::Queue')
    .map(({ logicalId, properties: { KmsMasterKeyId } }) => [deployment.attribute(logicalId, 'Arn'), KmsMasterKeyId && deployment.resolve(KmsMasterKeyId)]));
  const roleOf = new Map(deployment.ofType('AWS::Lambda::Function').map(({ logicalId, properties }) =>
    [logicalId, deployment.resolve(properties.Role).split('/').at(-1) as string]));
  return deployment.ofType('AWS::Lambda::EventSourceMapping').flatMap(({ properties }) => {
    const { EventSourceArn, FunctionName, DestinationConfig } = deployment.resolve(properties);
    const role = roleOf.get(FunctionName.split(':').at(-1))!;
    const onFailure = DestinationConfig?.OnFailure?.Destination;
    return [
      ...(keyOf.get(EventSourceArn) ? through('sqs', role, READ, keyOf.get(EventSourceArn)) : []),
      ...(keyOf.get(onFailure) ? through('sqs', role, SEND, keyOf.get(onFailure)) : []),
    ];
  });
}

function ofTaskManager(app: ProofApp, tasks: TaskManager, operator: string): Case[] {
  const { encryptionKey } = tasks.resourceOptions;
  if (!encryptionKey) return [];
  const key = app.deployment.valueOf(tasks, encryptionKey.keyArn);
  const writers = [tasks.apiHandler, tasks.statusReader!, tasks.statusUpdater, tasks.sweeper];
  return [
    ...writers.flatMap((writer) => through('dynamodb', app.role(writer), WRITE_TABLE, key)),
    ...through('dynamodb', app.role(tasks.statusPublisher), READ, key),
    deny(app.role(tasks.statusPublisher), 'kms:Encrypt', key, 'not needed', { 'kms:ViaService': `dynamodb.${REGION}.amazonaws.com` }),
    ...through('sqs', operator, READ, key),
    ...deadLettersOfBus(app, tasks),
  ];
}

function deadLettersOfBus({ deployment }: ProofApp, tasks: TaskManager): Case[] {
  const { eventBusDeadLetterQueue } = tasks;
  if (!eventBusDeadLetterQueue) return [];
  const queue = deployment.valueOf(tasks, eventBusDeadLetterQueue.queueArn);
  const bus = deployment.valueOf(tasks, tasks.eventBus.eventBusArn);
  const events = 'events.amazonaws.com';
  return [
    allow(events, 'sqs:SendMessage', queue, { ...OVER_TLS, 'aws:SourceArn': bus }),
    deny(events, 'sqs:SendMessage', queue, 'for another bus', { ...OVER_TLS, 'aws:SourceArn': `${bus}Another` }),
    deny(events, 'sqs:SendMessage', queue, 'over plain HTTP', { 'aws:SecureTransport': 'false', 'aws:SourceArn': bus }),
  ];
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html */
function ofLongWork(app: ProofApp, { processor, taskManager }: LongProcessor): Case[] {
  const { encryptionKey } = taskManager.resourceOptions;
  if (!encryptionKey) return [];
  const key = app.deployment.valueOf(processor, encryptionKey.keyArn);
  const wrapper = app.deployment.valueOf(processor, processor.wrapper.stateMachineArn);
  const of = (arn: string) => ({ 'kms:EncryptionContext:aws:states:stateMachineArn': arn });
  const elsewhere = wrapper.replace(ACCOUNT, '222222222222');
  const [starter, stopper] = [processor.starter, processor.stopper].map((handler) => app.role(handler));
  return [
    ...['kms:Decrypt', 'kms:GenerateDataKey'].flatMap((action) => [
      allow(app.role(processor.wrapper), action, key, of(wrapper)),
      deny(app.role(processor.wrapper), action, key, 'of another account', of(elsewhere)),
    ]),
    ...[starter, stopper].flatMap((role) => [
      allow(role, 'kms:Decrypt', key, of(wrapper)),
      deny(role, 'kms:Decrypt', key, 'of another state machine', of(`${wrapper}Another`)),
      deny(role, 'kms:GenerateDataKey', key, 'not needed', of(wrapper)),
    ]),
  ];
}
