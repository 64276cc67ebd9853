import { Token } from 'aws-cdk-lib';
import { validatePayloadSchema } from './payload-schema';
import { validateTaskType } from './task-type';
import { TaskTypeEntry } from '../../protocol/environment';
import { TaskTypeOptions } from '../../task-manager-props';

/** Checks the task types of a TaskManager, and returns what the API's function needs of them. */
export function taskTypeEntries(taskTypes: TaskTypeOptions[]): TaskTypeEntry[] {
  if (taskTypes.length === 0) throw new Error('taskTypes must have at least one task type, got none: leave it out to accept every type');
  const names = taskTypes.map(({ taskType }) => taskType);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`taskTypes must have each task type once, got '${twice}' twice`);
  return taskTypes.map(({ taskType, payloadSchema }) => {
    if (Token.isUnresolved(taskType)) throw new Error('taskTypes must be known at synthesis, got a Token');
    validateTaskType(taskType);
    return { taskType, ...(payloadSchema !== undefined && { payloadSchema: validatePayloadSchema(payloadSchema, `payloadSchema of '${taskType}'`) }) };
  });
}
