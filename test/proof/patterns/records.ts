import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../../src/protocol/table';
import { TaskUpdatedDetail } from '../../../src/protocol/wire';
import { newTask, Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { TRACE } from '../../support/builders';
import { InMemoryTable, ItemChange } from '../../support/in-memory-table';
import { ACCOUNT, REGION } from '../deployment';

/** A record of the table's stream. */
export interface StreamRecord {
  readonly name: string;
  readonly event: object;
  /** Whether the task is new or its status has changed, by a comparison of both images. Filters can't compare them. */
  readonly isNews: boolean;
  /** Whether a task was written, for any reason. */
  readonly isOfTask: boolean;
}

type Removal = Pick<ItemChange, 'before'> & { readonly after?: undefined };

const LONG = 'x'.repeat(3_000);
const TASK_TIMEOUT_SECONDS = 3_600;

/** Runs the lives of some tasks with the real store, and returns the records of the table's stream. */
export async function recordLives(): Promise<StreamRecord[]> {
  const lives = new RecordedLives();
  for (const [end, finish] of Object.entries(ENDS)) {
    for (const payload of ['short', LONG]) {
      const how = `${payload === LONG ? 'long payload, ' : ''}${end}`;
      await lives.live(`${how} while PENDING`, payload, async (task) => finish(lives, task));
      await lives.live(`${how} while RUNNING`, payload, async (task) => {
        await lives.work(task);
        await finish(lives, task);
      });
    }
  }
  await lives.live('silent', 'short', async (task) => {
    await lives.report(task, { status: 'RUNNING', heartbeatSeconds: 60 });
    await lives.sweep(task, 61);
  });
  // After heartbeats, the index has an earlier check than needed.
  await lives.live('a check moved while PENDING', 'short', async (task) => {
    await lives.sweep(task, 10);
    await lives.work(task);
  }, { checkAt: lives.later(5) });
  return lives.records;
}

/** The ways to end a task. */
const ENDS: Record<string, (lives: RecordedLives, task: Task) => Promise<unknown>> = {
  'successful': (lives, task) => lives.report(task, { status: 'SUCCESSFUL', result: 'short' }),
  'successful, long result': (lives, task) => lives.report(task, { status: 'SUCCESSFUL', result: LONG }),
  'failed': (lives, task) => lives.report(task, { status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } }),
  'cancelled': (lives, task) => lives.cancel(task),
  'timed out, and read': (lives, task) => lives.read(task, TASK_TIMEOUT_SECONDS),
  'timed out, and swept': (lives, task) => lives.sweep(task, TASK_TIMEOUT_SECONDS),
};

class RecordedLives {
  public readonly records: StreamRecord[] = [];
  public readonly store: TaskStore;
  private readonly table: InMemoryTable;
  private nowMs = Date.UTC(2026, 0, 1);
  private step = '';

  constructor() {
    this.table = new InMemoryTable({ now: () => this.nowMs, indexLag: () => 0, onChange: (change) => this.record(change) });
    const send = async (command: { input: object }) => this.table.execute(command);
    const client = Object.assign(Object.create(DynamoDBClient.prototype), { send });
    this.store = new TaskStore(client, 'TaskStatus', 60);
  }

  /** Runs the life of a task until it is removed, and then of another one with the same key. */
  public async live(name: string, payload: string, rest: (task: Task) => Promise<unknown>, head: Partial<Task> = {}): Promise<void> {
    for (const life of ['first', 'second']) {
      const request = { type: 'export', payload };
      const options = { owner: 'ann', idempotencyKey: name, taskTimeoutSeconds: TASK_TIMEOUT_SECONDS, trace: TRACE };
      const task = newTask(request, options, this.now());
      this.step = `${name}, ${life} task of the key`;
      await this.store.create({ ...task, ...head });
      await this.store.create({ ...task, createdAt: this.later(1) });
      await rest(task);
      await this.report(task, { status: 'RUNNING', sequence: 99 });
      await this.cancel(task);
      this.removeAll();
    }
  }

  /** Reports progress and heartbeats, with older and newer sequences, and moves checks. */
  public async work(task: Task): Promise<void> {
    await this.report(task, { status: 'RUNNING', sequence: 1 });
    await this.report(task, { status: 'RUNNING', sequence: 2, progress: { percent: 10, message: 'a tenth' } });
    await this.report(task, { status: 'RUNNING', sequence: 3, heartbeatSeconds: 600 });
    await this.report(task, { status: 'RUNNING', sequence: 1, heartbeatSeconds: 700 });
    await this.sweep(task, 595);
    await this.report(task, { status: 'RUNNING', sequence: 4, heartbeatSeconds: 0 });
  }

  public async report({ taskId, type }: Task, update: object): Promise<void> {
    this.nowMs += 10_000;
    await this.store.update({ taskType: type, detail: { taskId, ...update } as TaskUpdatedDetail }, this.now());
  }

  public async cancel({ taskId }: Task): Promise<void> {
    this.nowMs += 10_000;
    await this.store.cancel(taskId, this.now());
  }

  public async read({ taskId }: Task, afterSeconds: number): Promise<void> {
    this.nowMs += afterSeconds * 1000;
    await this.store.upToDate((await this.store.find(taskId))!, () => this.now());
  }

  public async sweep({ taskId }: Task, afterSeconds: number): Promise<void> {
    this.nowMs += afterSeconds * 1000;
    await this.store.check(taskId, () => this.now());
  }

  public later(seconds: number): string {
    return new Date(this.nowMs + seconds * 1000).toISOString();
  }

  private now(): Date {
    return new Date(this.nowMs);
  }

  /** Removes all items, as DynamoDB's TTL does. */
  private removeAll(): void {
    for (const before of this.table.items.values()) this.record({ before });
    this.table.items.clear();
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
  private record({ before, after }: ItemChange | Removal): void {
    const item = after ?? before!;
    const eventName = !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE';
    const status = after?.[TABLE.STATUS]?.S;
    const isOfTask = after?.[TABLE.SORT_KEY].S === TABLE.HEAD;
    this.records.push({
      name: `${this.step}: ${eventName} of ${item[TABLE.SORT_KEY].S}, ${status}`,
      isOfTask,
      isNews: isOfTask && status !== before?.[TABLE.STATUS]?.S,
      event: {
        eventID: `event-${this.records.length}`,
        eventName,
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: REGION,
        dynamodb: {
          ApproximateCreationDateTime: this.nowMs / 1000,
          Keys: { [TABLE.PARTITION_KEY]: item[TABLE.PARTITION_KEY], [TABLE.SORT_KEY]: item[TABLE.SORT_KEY] },
          ...(after && { NewImage: after }),
          ...(before && { OldImage: before }),
          SequenceNumber: String(this.records.length).padStart(21, '1'),
          SizeBytes: 400,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        ...(eventName === 'REMOVE' && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
        eventSourceARN: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/TaskStatus/stream/2026-01-01T00:00:00.000`,
      },
    });
  }
}
