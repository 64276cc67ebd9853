import { EVENT, type TaskCreatedDetail } from '../../src/protocol/wire';

/** What the helper uses of a task. */
export type ReceivedTask = Omit<TaskCreatedDetail, 'status' | 'version' | 'updatedAt'>;

/** A task, and how it came. */
export interface Delivery {
  readonly task: ReceivedTask;
  /** When EventBridge got the event, in milliseconds. */
  readonly sentAt: number;
  /** How often a queue has delivered it; 1 without a queue. */
  readonly receiveCount: number;
  readonly queueArn?: string;
}

const REQUIRED = ['taskId', 'type', 'createdAt', 'deadlineAt', 'reportTo.eventBusName', 'reportTo.source'];

/**
 * Parses what Lambda invokes the function with: a `TaskCreatedEvent`, or the event of a queue with one such event.
 *
 * @throws Error if it is anything else. The message does not quote it.
 */
export function parseDelivery(event: unknown): Delivery {
  const records = at(event, 'Records');
  if (!Array.isArray(records)) return { ...parseCreated(event), receiveCount: 1 };
  if (records.length !== 1) {
    throw new Error(`expected one message of a queue, got ${records.length}: set the batch size of the event source mapping to 1`);
  }
  const [record] = records;
  return {
    ...parseCreated(parseJson(at(record, 'body'))),
    receiveCount: Number(at(record, 'attributes.ApproximateReceiveCount')) || 1,
    queueArn: at(record, 'eventSourceARN') as string | undefined,
  };
}

function parseCreated(event: unknown): Pick<Delivery, 'task' | 'sentAt'> {
  const detailType = at(event, 'detail-type');
  if (detailType !== EVENT.CREATED) {
    const got = typeof detailType === 'string' ? `a ${detailType}` : 'something else';
    throw new Error(`expected a ${EVENT.CREATED} from EventBridge, or a message of a queue with one, got ${got}`);
  }
  const task = at(event, 'detail') as TaskCreatedDetail;
  const missing = REQUIRED.filter((name) => typeof at(task, name) !== 'string');
  if (missing.length > 0) throw new Error(`expected a ${EVENT.CREATED} with detail.${missing[0]}: do not transform the event`);
  return { task, sentAt: Date.parse(at(event, 'time') as string) };
}

/** Returns the member of a value at a path; undefined if there is none. */
function at(value: any, path: string): unknown {
  return path.split('.').reduce((parent, name) => parent?.[name], value);
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    return undefined;
  }
}
