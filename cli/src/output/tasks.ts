import { colours } from './colours';
import { jsonText, printable, table } from './text';
import type { Task, TaskStatus, TaskSummary } from '../../../client/src';
import { isTerminal } from '../../../src/protocol/wire';
import { duration } from '../duration';
import { EXIT_CODE } from '../errors';

const STYLES: Record<TaskStatus, readonly [string, (text: string) => string]> = {
  PENDING: ['○', colours.dim],
  RUNNING: ['◐', colours.cyan],
  SUCCESSFUL: ['✔', colours.green],
  FAILED: ['✖', colours.red],
  CANCELLED: ['⊘', colours.yellow],
};

/** Returns a status as a sign, a word and a colour. */
export function statusText(status: TaskStatus): string {
  const [sign, colour] = Object.hasOwn(STYLES, status) ? STYLES[status] : ['?', colours.dim];
  return colour(`${sign} ${printable(status)}`);
}

/** Returns what to say about a task in a line: its progress, or why it failed. */
export function detailText({ status, progress, error }: TaskSummary): string {
  if (error) return printable(`${error.code}: ${error.message}`);
  if (status !== 'RUNNING' || !progress) return '';
  const { percent, message } = progress;
  return [percent === undefined ? '' : `${Math.round(percent)} %`, printable(message ?? '')].filter(Boolean).join('  ');
}

/** Returns how long a task has taken so far. */
function ageText({ createdAt, endedAt }: TaskSummary): string {
  return duration((endedAt ? Date.parse(endedAt) : Date.now()) - Date.parse(createdAt));
}

export function taskTable(tasks: readonly TaskSummary[]): string {
  const rows = tasks.map((task) => [
    printable(task.taskId), printable(task.type), statusText(task.status), printable(task.createdAt), ageText(task), detailText(task),
  ]);
  return table(['TASK', 'TYPE', 'STATUS', 'CREATED', 'TOOK', ''], rows);
}

/** Returns everything about a task, for people. */
export function taskText(task: Task): string {
  const { taskId, type, status, deadlineAt, history, payload, result, resultUrl, resultUrlExpiresAt } = task;
  const lines: [string, string | undefined][] = [
    ['task', printable(taskId)],
    ['type', printable(type)],
    ['status', statusText(status)],
    ['', detailText(task) || undefined],
    ...history.map(({ status: entered, at }, i): [string, string] => [
      i === 0 ? 'history' : '',
      printable(`${at}  ${entered}${i === 0 ? '' : ` after ${duration(Date.parse(at) - Date.parse(history[i - 1].at))}`}`),
    ]),
    ['deadline', isTerminal(status) ? undefined : printable(deadlineAt)],
    ['payload', json(payload)],
    ['result', json(result)],
    ['download', resultUrl && `${printable(resultUrl)}\nuntil ${printable(String(resultUrlExpiresAt))}`],
  ];
  return lines.filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${colours.dim(name.padEnd(10))}${value!.replaceAll('\n', `\n${' '.repeat(10)}`)}`).join('\n');
}

/** Returns the exit code that says how a task is. */
export function exitCodeOf({ status }: TaskSummary): number {
  return status === 'FAILED' ? EXIT_CODE.TASK_FAILED : status === 'CANCELLED' ? EXIT_CODE.TASK_CANCELLED : 0;
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : jsonText(value, 2);
}
