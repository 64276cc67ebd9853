import { Token } from 'aws-cdk-lib';
import { TASK_TYPE } from '../protocol';

/** Throws when a task type, known at synthesis, is none. */
export function validateTaskType(taskType: string): void {
  if (!Token.isUnresolved(taskType) && !TASK_TYPE.test(taskType)) {
    throw new Error(`taskType must match ${TASK_TYPE.source}, got '${taskType}'`);
  }
}
