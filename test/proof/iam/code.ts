import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { requestsOfCallers } from './callers';
import { allow, Case, deny, OVER_TLS, useQueue } from './case';
import { requestsOfLiveUpdates } from './live-updates';
import { requestsOfLongWork } from './long-work';
import { asks, REPORTED, reports, resultUploads } from './processors';
import { TaskManager } from '../../../src';
import { EVENT, processorSource } from '../../../src/protocol/wire';
import { ProofApp } from '../app';
import { ACCOUNT, ruleArn } from '../deployment';

const PUBLISHED = [EVENT.CREATED, EVENT.RUNNING, EVENT.SUCCESSFUL, EVENT.FAILED, EVENT.CANCELLED];

/** Returns the requests of code: of our functions, of processors, and of callers of the API. */
export function requestsOfCode(app: ProofApp): Case[] {
  return [
    ...app.taskManagers.flatMap(({ taskManager, queues, operator }) =>
      [...taskManagerRequests(app, taskManager), ...operatorRequests(app, queues, operator)]),
    ...app.processing.flatMap(({ handler, reporter, taskManager, taskTypes }) => {
      const functions = [app.role(handler), app.role(reporter)];
      return [
        ...functions.flatMap((role) => taskTypes.flatMap((taskType) => reports(app, role, taskManager, taskType))),
        ...taskTypes.flatMap((taskType) => resultUploads(app, app.role(handler), taskManager, taskType)),
        ...asks(app, app.role(handler), taskManager.statusReader),
        ...asks(app, app.role(reporter), undefined),
      ];
    }),
    ...app.grantedReporters.flatMap(({ reporter, taskManager, taskType }) => [
      ...reports(app, app.role(reporter), taskManager, taskType),
      ...resultUploads(app, app.role(reporter), taskManager, taskType),
      ...asks(app, app.role(reporter), taskManager.statusReader),
    ]),
    ...requestsOfCallers(app),
    ...app.longWork.flatMap((work) => requestsOfLongWork(app, work)),
    ...app.liveUpdates.flatMap((live) => requestsOfLiveUpdates(app, live)),
  ];
}

function taskManagerRequests(app: ProofApp, tasks: TaskManager): Case[] {
  const { deployment } = app;
  const table = deployment.valueOf(tasks, tasks.table.tableArn);
  const [checks, owners] = [`${table}/index/checks`, `${table}/index/owners`];
  const bus = deployment.valueOf(tasks, tasks.eventBus.eventBusArn);
  const publisher = app.role(tasks.statusPublisher);
  const own = { 'events:source': [tasks.eventSource], 'events:detail-type': PUBLISHED };
  const put = (as: string, context: Case['context'], resource = bus) => deny(publisher, 'events:PutEvents', resource, as, context);
  return [
    ...dynamodb(app.role(tasks.apiHandler), { [table]: ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'], [owners]: ['Query'], [checks]: [] }),
    ...dynamodb(publisher, { [table]: ['GetItem'], [owners]: [], [checks]: [] }),
    ...dynamodb(app.role(tasks.statusUpdater), { [table]: ['GetItem', 'PutItem', 'UpdateItem'], [owners]: [], [checks]: [] }),
    ...dynamodb(app.role(tasks.statusReader!), { [table]: ['GetItem', 'UpdateItem'], [owners]: [], [checks]: [] }),
    ...dynamodb(app.role(tasks.sweeper), { [table]: ['UpdateItem'], [owners]: [], [checks]: ['Query'] }),
    allow(app.role(tasks.sweeper), 'lambda:InvokeFunction', deployment.valueOf(tasks, tasks.sweeper.functionArn)),
    deny(app.role(tasks.sweeper), 'lambda:InvokeFunction', deployment.valueOf(tasks, tasks.apiHandler.functionArn), 'not needed'),

    allow(publisher, 'events:PutEvents', bus, own),
    ...PUBLISHED.map((detailType) => allow(publisher, 'events:PutEvents', bus, { ...own, 'events:detail-type': [detailType] })),
    put('as a processor', { 'events:source': [processorSource(tasks.eventSource, 'export')], 'events:detail-type': REPORTED }),
    put('as another TaskManager', { ...own, 'events:source': ['task-manager.Another-00000000'] }),
    put('a report with its own source', { ...own, 'events:detail-type': REPORTED }),
    put('one of its own events and one of another', { ...own, 'events:source': [tasks.eventSource, 'another'] }),
    put('without a source', { 'events:detail-type': PUBLISHED }),
    put('without a detail-type', { 'events:source': [tasks.eventSource] }),
    put('on another bus', own, `${bus}Another`),
    ...useQueue(publisher, 'sqs:SendMessage', deployment.valueOf(tasks, tasks.statusPublisherDeadLetterQueue.queueArn)),
    ...undeliveredRequests(app, tasks),
    ...deadLettersOfBus(app, tasks),
    ...resultDownloads(app, tasks),
    ...[tasks.apiHandler, tasks.statusReader!, tasks.statusUpdater, tasks.sweeper].map((handler) => deny(app.role(handler), 'events:PutEvents', bus, 'not needed', own)),
  ];
}

export function operatorRequests(app: ProofApp, queues: sqs.Queue[], operator: lambda.Function): Case[] {
  const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
  return queues.flatMap((queue) =>
    actions.flatMap((action) => useQueue(app.role(operator), action, app.deployment.valueOf(queue, queue.queueArn))));
}

/** Returns who can send to the undelivered queue. The rules of processors are in wiring.ts. */
function undeliveredRequests({ deployment }: ProofApp, tasks: TaskManager): Case[] {
  const queue = deployment.valueOf(tasks, tasks.undeliveredQueue.queueArn);
  const rule = ruleArn(deployment.valueOf(tasks, tasks.eventBus.eventBusName), 'Any');
  const send = (as: string, context: Case['context']) => deny('events.amazonaws.com', 'sqs:SendMessage', queue, as, { ...OVER_TLS, ...context });
  return [
    allow('events.amazonaws.com', 'sqs:SendMessage', queue, { ...OVER_TLS, 'aws:SourceArn': rule, 'aws:SourceAccount': ACCOUNT }),
    send('for another account', { 'aws:SourceArn': rule, 'aws:SourceAccount': '222222222222' }),
    send('for something that is not a rule', { 'aws:SourceArn': rule.replace(/:rule.*/, ':replay/Any'), 'aws:SourceAccount': ACCOUNT }),
    send('without a source', {}),
  ];
}

/** Returns who can send the events of a bus that its key has failed: that bus. */
function deadLettersOfBus({ deployment }: ProofApp, tasks: TaskManager): Case[] {
  const { eventBusDeadLetterQueue } = tasks;
  if (!eventBusDeadLetterQueue) return [];
  const queue = deployment.valueOf(tasks, eventBusDeadLetterQueue.queueArn);
  const bus = deployment.valueOf(tasks, tasks.eventBus.eventBusArn);
  const send = (as: string, context: Case['context']) => deny('events.amazonaws.com', 'sqs:SendMessage', queue, as, { ...OVER_TLS, ...context });
  return [
    allow('events.amazonaws.com', 'sqs:SendMessage', queue, { ...OVER_TLS, 'aws:SourceArn': bus }),
    send('for another bus', { 'aws:SourceArn': `${bus}Another` }),
    send('without a source', {}),
    send('over plain HTTP', { 'aws:SecureTransport': 'false', 'aws:SourceArn': bus }),
  ];
}

/** Returns the requests of a role on a table and its indexes. All actions that are not listed are denied. */
export function dynamodb(role: string, allowed: Record<string, string[]>): Case[] {
  const READS_AND_WRITES = [
    'BatchGetItem', 'BatchWriteItem', 'ConditionCheckItem', 'DeleteItem', 'DeleteTable', 'DescribeTable', 'GetItem', 'PartiQLDelete', 'PartiQLInsert', 'PartiQLSelect',
    'PartiQLUpdate', 'PutItem', 'Query', 'Scan', 'UpdateItem', 'UpdateTable', 'UpdateTimeToLive',
  ];
  const OF_INDEXES = ['PartiQLSelect', 'Query', 'Scan'];
  return Object.entries(allowed).flatMap(([resource, names]) => [
    ...names.flatMap((name) => [
      allow(role, `dynamodb:${name}`, resource),
      deny(role, `dynamodb:${name}`, resource.replace(/table\/\w+/, 'table/Another'), 'of another table'),
    ]),
    ...(resource.includes('/index/') ? OF_INDEXES : READS_AND_WRITES).filter((name) => !names.includes(name))
      .map((name) => deny(role, `dynamodb:${name}`, resource, 'not needed')),
  ]);
}

/** Returns who can read results: the API's function, whose URLs have its permissions, and nobody else. */
function resultDownloads(app: ProofApp, tasks: TaskManager): Case[] {
  if (!tasks.resultBucket) return [];
  const bucket = app.deployment.valueOf(tasks, tasks.resultBucket.bucketArn);
  const [api, updater] = [app.role(tasks.apiHandler), app.role(tasks.statusUpdater)];
  return [
    allow(api, 's3:GetObject', `${bucket}/tasks/export/0190-af/5f1d`, OVER_TLS),
    deny(api, 's3:GetObject', `${bucket}/tasks/export/0190-af/5f1d`, 'without TLS', { 'aws:SecureTransport': 'false' }),
    deny(api, 's3:GetObject', `${bucket}/elsewhere`, 'below another prefix', OVER_TLS),
    deny(api, 's3:PutObject', `${bucket}/tasks/export/0190-af/5f1d`, 'not needed', OVER_TLS),
    deny(updater, 's3:GetObject', `${bucket}/tasks/export/0190-af/5f1d`, 'not needed', OVER_TLS),
  ];
}
