import { createHash } from 'node:crypto';
import { compactTime } from '../../protocol/work';

/** What identifies a task among all tasks of all TaskManagers, also among those with the same id. */
export interface WorkKey {
  /** The source of its reports. */
  readonly source: string;
  readonly taskId: string;
  readonly createdAt: string;
}

/**
 * Returns the name of the executions for a task. The name of a closed execution stays taken for 90 days, and a task id can be used again.
 * 80 characters, the maximum.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function workName({ source, taskId, createdAt }: WorkKey): string {
  const hash = createHash('sha256').update(`${source}\n${taskId}`).digest('hex').slice(0, 60);
  return `${hash}-${compactTime(createdAt)}`;
}
