import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { indexKeys } from '../../src/runtime/task/index-keys';
import { newTask, Task } from '../../src/runtime/task/task';
import { InMemoryTable, ItemChange } from '../../test/support/in-memory-table';
import { serve, tableOperations } from '../aws-endpoint';

/** How many tasks of each kind are due, all at the same time. */
export interface DueTasks {
  /** Past their deadline. */
  readonly late: number;
  /** Their processors fell silent. */
  readonly silent: number;
  /** Their processors live, and the index does not know it. */
  readonly beating: number;
}

/** What became of the tasks. */
export interface SweptTasks {
  /** By the code of their error. */
  readonly ended: Record<string, number>;
  readonly movedOn: number;
  readonly updates: number;
}

/** What the program says, a line each. */
export type Message = { readonly port: number } | { readonly invoke: object } | { readonly swept: SweptTasks };

const DELAY_MS = 5;
const DAY_SECONDS = 86_400;

/**
 * A program: a table with tasks that are due, and a Lambda that says what it would invoke. DynamoDB answers after 5 ms. It says when no
 * task is due any more.
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
    if (--open === 0) say({ swept: { ended, movedOn, updates } });
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
      say({ invoke: event });
      return {};
    },
  }, DELAY_MS);
  say({ port });
}

function* tasks({ late, silent, beating }: DueTasks): Generator<Task> {
  const now = Date.now();
  const ago = (seconds: number) => new Date(now - seconds * 1000);
  const request = { type: 'export', payload: { table: 'customers', columns: ['id', 'name', 'city'], format: 'csv', note: 'x'.repeat(110) } };
  const heartbeats = { status: 'RUNNING' as const, startedAt: ago(600).toISOString(), heartbeatSeconds: 300 };
  const aTask = (taskTimeoutSeconds: number) => newTask(request, { taskTimeoutSeconds }, ago(3600));
  for (let i = 0; i < late; i++) yield aTask(3599);
  for (let i = 0; i < silent; i++) {
    yield { ...aTask(DAY_SECONDS), ...heartbeats, heartbeatAt: ago(301).toISOString(), checkAt: ago(1).toISOString() };
  }
  // Still alive when the last of them is swept.
  for (let i = 0; i < beating; i++) yield { ...aTask(DAY_SECONDS), ...heartbeats, heartbeatAt: ago(0).toISOString(), checkAt: ago(1).toISOString() };
}

function say(message: Message): void {
  console.log(JSON.stringify(message));
}

void main(JSON.parse(process.argv[2]));
