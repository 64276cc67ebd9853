import { Token } from 'aws-cdk-lib';
import { TASK_TYPE } from '../../protocol/wire';

/** Throws if a task type is invalid, or is not one that the TaskManager accepts. Tokens pass. */
export function validateTaskType(taskType: string, accepted?: string[]): void {
  if (Token.isUnresolved(taskType)) return;
  if (!TASK_TYPE.test(taskType)) throw new Error(`taskType must match ${TASK_TYPE.source}, got '${taskType}'`);
  if (accepted && !accepted.includes(taskType)) {
    throw new Error(`taskType must be one of the TaskManager's taskTypes, '${accepted.join("', '")}', got '${taskType}'`);
  }
}
