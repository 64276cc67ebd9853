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

  private readonly types: Map<string, PayloadSchema | undefined>;

  constructor(entries: TaskTypeEntry[]) {
    this.types = new Map(entries.map(({ taskType, payloadSchema }) => [taskType, payloadSchema && new PayloadSchema(payloadSchema as Schema)]));
  }

  /** Throws a {@link Problem} when a request is not for one of the types, or its payload not what that type takes. */
  check({ type, payload }: TaskRequest): void {
    if (!this.types.has(type)) {
      throw new Problem(422, 'there are no tasks of this type', [{ pointer: '#/type', detail: `must be one of ${[...this.types.keys()].join(', ')}` }]);
    }
    const allowed = this.types.get(type);
    if (!allowed) return;
    if (payload === undefined) throw new Problem(422, 'the task has no payload', [{ pointer: '#/payload', detail: 'is missing' }]);
    const { valid, errors } = allowed.validate(payload);
    if (valid) return;
    throw new Problem(422, `the payload is not one of a task of type ${type}`, errors.filter(({ keyword }) => !OUTER.has(keyword)).map(toRequestError));
  }
}

/** What a payload must be. */
class PayloadSchema {
  private readonly validator: Validator;

  constructor(private readonly schema: Schema) {
    this.validator = new Validator(schema, '2020-12', false);
  }

  validate(payload: unknown): ValidationResult {
    try {
      return this.validator.validate(payload);
    } catch (error) {
      // So many errors that the validator can't hold them: the first one must do.
      if (!(error instanceof RangeError)) throw error;
      return new Validator(this.schema, '2020-12', true).validate(payload);
    }
  }
}

/** The validator quotes what it found, which may be long. */
const MAX_DETAIL = 500;

function toRequestError({ keyword, instanceLocation, error }: OutputUnit) {
  return { pointer: `#/payload${instanceLocation.slice(1)}`, detail: keyword === 'false' ? 'is not allowed' : error.slice(0, MAX_DETAIL) };
}
