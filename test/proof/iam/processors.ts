import * as lambda from 'aws-cdk-lib/aws-lambda';
import { allow, Case, deny, OVER_TLS } from './case';
import { ITaskManager } from '../../../src';
import { EVENT, processorSource } from '../../../src/protocol/wire';
import { ProofApp } from '../app';

export const REPORTED = [EVENT.UPDATED];

/** Returns which reports a role can send. */
export function reports(app: ProofApp, role: string, tasks: ITaskManager, taskType: string): Case[] {
  const bus = app.deployment.valueOf(tasks, tasks.eventBus.eventBusArn);
  const own = { 'events:source': [processorSource(tasks.eventSource, taskType)], 'events:detail-type': REPORTED };
  const put = (as: string, context: Partial<typeof own>, resource = bus) => deny(role, 'events:PutEvents', resource, as, context as Case['context']);
  const otherType = processorSource(tasks.eventSource, 'video');
  return [
    allow(role, 'events:PutEvents', bus, own),
    put('as a processor of another type', { ...own, 'events:source': [otherType] }),
    put('as a type with its own as a prefix', { ...own, 'events:source': [`${own['events:source'][0]}.large`] }),
    put('one report of its type and one of another', { ...own, 'events:source': [...own['events:source'], otherType] }),
    put('as the TaskManager', { 'events:source': [tasks.eventSource], 'events:detail-type': [EVENT.SUCCESSFUL] as any }),
    put('an event of the TaskManager with its own source', { ...own, 'events:detail-type': [EVENT.SUCCESSFUL] as any }),
    put('as a processor of another TaskManager', { ...own, 'events:source': [processorSource('task-manager.Another-00000000', taskType)] }),
    put('without a source', { 'events:detail-type': REPORTED }),
    put('without a detail-type', { 'events:source': own['events:source'] }),
    put('on another bus', own, `${bus}Another`),
  ];
}

/** Returns which status readers a role can ask: the one of its TaskManager, and no other function of any TaskManager. */
export function asks(app: ProofApp, role: string, statusReader: lambda.IFunction | undefined): Case[] {
  const arnOf = (handler: lambda.IFunction) => app.deployment.valueOf(handler, handler.functionArn);
  const own = statusReader && app.deployment.valueOf(statusReader, statusReader.functionArn);
  const functions = app.taskManagers.flatMap(({ taskManager }) =>
    taskManager.node.findAll().filter((construct) => construct instanceof lambda.Function).map(arnOf));
  return [
    ...(own ? [allow(role, 'lambda:InvokeFunction', own)] : []),
    ...functions.filter((arn) => arn !== own).map((arn) => deny(role, 'lambda:InvokeFunction', arn, 'another function')),
  ];
}

/** Returns where a processor can put results. `denied` is what it can't do with them. */
export function resultUploads(
  { deployment }: ProofApp, role: string, tasks: ITaskManager, taskType: string, denied = ['s3:GetObject', 's3:DeleteObject'],
): Case[] {
  if (!tasks.resultBucket) return [];
  const bucket = deployment.valueOf(tasks, tasks.resultBucket.bucketArn);
  const own = `${bucket}/tasks/${taskType}/0190-af/5f1d`;
  return [
    ...['s3:PutObject', 's3:AbortMultipartUpload'].flatMap((action) => [
      allow(role, action, own, OVER_TLS),
      deny(role, action, `${bucket}/tasks/video/0190-af/5f1d`, 'of another type', OVER_TLS),
      deny(role, action, `${bucket}/tasks/${taskType}.large/0190-af/5f1d`, 'of a type with its own as a prefix', OVER_TLS),
      deny(role, action, `${bucket}/elsewhere`, 'elsewhere', OVER_TLS),
    ]),
    ...denied.map((action) => deny(role, action, own, 'not needed', OVER_TLS)),
  ];
}
