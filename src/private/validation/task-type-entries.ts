import { Token } from 'aws-cdk-lib';
import { validatePayloadSchema } from './payload-schema';
import { validateTaskType } from './task-type';
import { TaskTypeEntry } from '../../protocol/environment';
import { TaskTypeOptions } from '../../task-manager-props';

/**
 * Validates the task types of a TaskManager, and returns them as the API's function reads them.
 *
 * @param warn receives a message about each keyword of a schema that has no effect
 */
export function taskTypeEntries(taskTypes: TaskTypeOptions[], warn: (message: string) => void): TaskTypeEntry[] {
  if (taskTypes.length === 0) throw new Error('taskTypes must have at least one task type, got none: omit it to accept all types');
  const names = taskTypes.map(({ taskType }) => taskType);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`taskTypes must not have a task type twice, got '${twice}'`);
  return taskTypes.map(({ taskType, payloadSchema }) => {
    if (Token.isUnresolved(taskType)) throw new Error('taskTypes must be known at synthesis, got a Token');
    validateTaskType(taskType);
    if (payloadSchema === undefined) return { taskType };
    return { taskType, payloadSchema: validatePayloadSchema(payloadSchema, `payloadSchema of '${taskType}'`, warn) };
  });
}
