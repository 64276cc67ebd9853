import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { indexKeys } from '../../src/runtime/task/index-keys';
import { newTask, Task } from '../../src/runtime/task/task';
import { TRACE } from '../../test/support/builders';
import { InMemoryTable, ItemChange } from '../../test/support/in-memory-table';
import { serve, tableOperations } from '../aws-endpoint';

/** Number of tasks of each kind that are due at the same time. */
export interface DueTasks {
  /** Tasks past their deadline. */
  readonly late: number;
  /** Tasks past their heartbeat. */
  readonly silent: number;
  /** Tasks that send heartbeats, which the index does not know. */
  readonly beating: number;
}

/** Outcome of a sweep. */
export interface SweptTasks {
  /** Number of ended tasks, by error code. */
  readonly ended: Record<string, number>;
  readonly movedOn: number;
  readonly updates: number;
}

/** A message that the program prints, as one line of JSON. */
export type Message = { readonly port: number } | { readonly invoke: object } | { readonly swept: SweptTasks };

const DELAY_MS = 5;
const DAY_SECONDS = 86_400;

/**
 * A program that stands in for DynamoDB and Lambda. Its table has tasks that are due, and responds after 5 ms. It prints each invocation
 * that it is asked for, and a message when no task is due.
 */
async function main(due: DueTasks): Promise<void> {
  let open = due.late + due.silent + due.beating;
  let movedOn = 0;
  let updates = 0;
  const ended: Record<string, number> = {};
  const onChange = ({ before, after }: ItemChange) => {
    if (!before) return;
    if (before.status.S === 'FAILED') throw new Error(`${after.taskId.S} ended twice`);
    const code = after.error?.M?.code.S;
    if (code === undefined) movedOn++;
    else ended[code] = (ended[code] ?? 0) + 1;
    if (--open === 0) print({ swept: { ended, movedOn, updates } });
  };
  const table = new InMemoryTable({ now: Date.now, indexLag: () => 0, onChange });
  for (const task of tasks(due)) {
    table.execute(new PutItemCommand({ TableName: 'TaskStatus', Item: marshall({ ...task, item: 'task', ...indexKeys(task) }) }));
  }
  const operations = tableOperations(table);
  const port = await serve({
    Query: operations.Query,
    UpdateItem: (input) => {
      updates++;
      return operations.UpdateItem(input);
    },
    Invoke: (event) => {
      print({ invoke: event });
      return {};
    },
  }, DELAY_MS);
  print({ port });
}

function* tasks({ late, silent, beating }: DueTasks): Generator<Task> {
  const now = Date.now();
  const ago = (seconds: number) => new Date(now - seconds * 1000);
  const request = { type: 'export', payload: { table: 'customers', columns: ['id', 'name', 'city'], format: 'csv', note: 'x'.repeat(110) } };
  const heartbeats = { status: 'RUNNING' as const, startedAt: ago(600).toISOString(), heartbeatSeconds: 300 };
  const aTask = (taskTimeoutSeconds: number) => newTask(request, { taskTimeoutSeconds, trace: TRACE }, ago(3600));
  for (let i = 0; i < late; i++) yield aTask(3599);
  for (let i = 0; i < silent; i++) {
    yield { ...aTask(DAY_SECONDS), ...heartbeats, heartbeatAt: ago(301).toISOString(), checkAt: ago(1).toISOString() };
  }
  // These heartbeats are in time until the last task is swept.
  for (let i = 0; i < beating; i++) {
    yield { ...aTask(DAY_SECONDS), ...heartbeats, heartbeatAt: ago(0).toISOString(), checkAt: ago(1).toISOString() };
  }
}

function print(message: Message): void {
  console.log(JSON.stringify(message));
}

void main(JSON.parse(process.argv[2]));
