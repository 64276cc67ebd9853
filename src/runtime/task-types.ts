import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { OutputUnit, Schema, ValidationResult, Validator } from '@cfworker/json-schema';
import { Problem } from './problem';
import { TaskRequest } from './task';
import { TASK_TYPES_FILE, TaskTypeEntry } from '../protocol';

/** Errors that only say that there is one further in. */
const OUTER = new Set(['$ref', 'additionalProperties', 'allOf', 'items', 'patternProperties', 'prefixItems', 'properties']);

/** The task types that are allowed, and what their payloads must be. */
export class TaskTypes {
  /** Reads the file that lies beside the code of a function, if some types only are allowed. */
  static besideCode(directory: string): TaskTypes | undefined {
    const file = path.join(directory, TASK_TYPES_FILE);
    return existsSync(file) ? new TaskTypes(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  }

  private readonly schemas: Map<string, Schema | undefined>;

  constructor(entries: TaskTypeEntry[]) {
    this.schemas = new Map(entries.map(({ taskType, payloadSchema }) => [taskType, payloadSchema]));
  }

  /** Throws a {@link Problem} when a request is not for one of the types, or its payload not what that type takes. */
  check({ type, payload }: TaskRequest): void {
    if (!this.schemas.has(type)) {
      throw new Problem(422, 'there are no tasks of this type', [{ pointer: '#/type', detail: `must be one of ${[...this.schemas.keys()].join(', ')}` }]);
    }
    const schema = this.schemas.get(type);
    if (!schema) return;
    if (payload === undefined) throw new Problem(422, 'the task has no payload', [{ pointer: '#/payload', detail: 'is missing' }]);
    const { valid, errors } = validate(schema, payload);
    if (valid) return;
    throw new Problem(422, `the payload is not one of a task of type ${type}`, errors.filter(({ keyword }) => !OUTER.has(keyword)).map(toRequestError));
  }
}

function validate(schema: Schema, payload: unknown): ValidationResult {
  try {
    return new Validator(schema, '2020-12', false).validate(payload);
  } catch (error) {
    // So many errors that the validator can't hold them: the first one must do.
    if (!(error instanceof RangeError)) throw error;
    return new Validator(schema, '2020-12', true).validate(payload);
  }
}

function toRequestError({ keyword, instanceLocation, error }: OutputUnit) {
  return { pointer: `#/payload${instanceLocation.slice(1)}`, detail: keyword === 'false' ? 'is not allowed' : error };
}
