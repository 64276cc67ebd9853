import { EVENT, processorSource, TASK_STATUSES } from '../../../src/protocol/wire';
import { statusEvent } from '../../../src/runtime/events/events';
import { newTask } from '../../../src/runtime/task/task';
import { TRACE } from '../../support/builders';
import { ACCOUNT, REGION } from '../deployment';
import { EXECUTION_EVENT } from '../parts';

/** An event on the bus, with what rules can match. */
export interface BusEvent {
  readonly name: string;
  readonly event: object;
  readonly source: string;
  readonly detailType: string;
  /** The type of the task. */
  readonly taskType?: string;
  readonly owner?: string;
  /** The event source of the TaskManager that a report is for. */
  readonly reportsTo?: string;
  /** The ARN of the state machine whose execution has not succeeded. */
  readonly failureOf?: string;
}

const TASK_TYPES = ['export', 'exports', 'report', 'import', 'Export', 'batch', 'transcode', 'ingest', 'render', 'preview'];

/** Returns all events that TaskManagers, their processors and state machines put on a bus, and some similar events of others. */
export function busEvents(eventSources: string[], stateMachineArns: string[]): BusEvent[] {
  return [
    ...stateMachineArns.flatMap((arn) => [arn, `${arn}Another`]).flatMap(ofExecutions),
    ...[...eventSources, 'task-manager.Another-00000000'].flatMap((eventSource) => [...published(eventSource), ...reported(eventSource), ...misleading(eventSource)]),
    busEvent({ source: 'aws.s3', detailType: 'Object Created', detail: { bucket: { name: 'exports' } } }),
  ];
}

function published(eventSource: string): BusEvent[] {
  return TASK_STATUSES.flatMap((status) => TASK_TYPES.flatMap((taskType) => ['ann', undefined].map((owner) => {
    const task = newTask({ type: taskType, payload: { type: 'report', owner: 'bob' } }, { owner, taskTimeoutSeconds: 60, trace: TRACE }, new Date());
    const { Source, DetailType, Detail } = statusEvent({ ...task, status }, { eventBusName: 'Bus', eventSource });
    return busEvent({ source: Source!, detailType: DetailType!, detail: JSON.parse(Detail!), taskType, owner });
  })));
}

function reported(eventSource: string): BusEvent[] {
  return TASK_TYPES.map((taskType) => busEvent({
    source: processorSource(eventSource, taskType),
    detailType: EVENT.UPDATED,
    detail: { taskId: '0190-af', status: 'SUCCESSFUL', result: { type: 'export', owner: 'ann' } },
    reportsTo: eventSource,
  }));
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
function ofExecutions(stateMachineArn: string): BusEvent[] {
  return ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'].map((status) => ({
    ...busEvent({
      source: 'aws.states',
      detailType: EXECUTION_EVENT,
      detail: { executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:a`, stateMachineArn, name: 'a', status },
      failureOf: ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status) ? stateMachineArn : undefined,
    }),
    name: `${status} of an execution of ${stateMachineArn}`,
  }));
}

/** Returns similar events that no rule must match. */
function misleading(eventSource: string): BusEvent[] {
  const detail = { taskId: '0190-af', type: 'export', owner: 'ann', status: 'SUCCESSFUL' };
  return [
    ...Object.values(EVENT).map((detailType) => busEvent({ source: `${eventSource}.other`, detailType, detail })),
    ...Object.values(EVENT).map((detailType) => busEvent({ source: `other.${eventSource}`, detailType, detail })),
    busEvent({ source: eventSource, detailType: EVENT.UPDATED, detail }),
    busEvent({ source: `${eventSource}.processor`, detailType: EVENT.UPDATED, detail }),
    busEvent({ source: processorSource(`${eventSource}x`, 'export'), detailType: EVENT.UPDATED, detail }),
    busEvent({ source: processorSource(eventSource, 'export'), detailType: EVENT.SUCCESSFUL, detail }),
  ];
}

interface Entry extends Omit<BusEvent, 'name' | 'event'> {
  readonly detail: object;
}

function busEvent({ detail, ...about }: Entry): BusEvent {
  const { source, detailType, taskType, owner } = about;
  return {
    ...about,
    name: [detailType, 'of', source, taskType && `about ${taskType}`, owner && `of ${owner}`].filter(Boolean).join(' '),
    event: {
      'version': '0',
      'id': '7f3e1c9a-0000-4000-8000-000000000000',
      'detail-type': detailType,
      source,
      'account': ACCOUNT,
      'time': '2026-01-01T00:00:00Z',
      'region': REGION,
      'resources': [],
      detail,
    },
  };
}
