import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { dereference, OutputUnit, Schema, validate } from '@cfworker/json-schema';
import { Problem } from './problem';
import { TimeLimitError, withinTime } from './time-limit';
import { TASK_TYPES_FILE, TaskTypeEntry } from '../../protocol/environment';
import { TaskRequest } from '../task/task';

/** Errors that only say that there is one further in. */
const OUTER = new Set(['$ref', 'additionalProperties', 'allOf', 'items', 'patternProperties', 'prefixItems', 'properties']);

/** A payload of 64 KiB usually takes some milliseconds. The schema and the payload together can ask for hours. */
const MAX_CHECK_MS = 1000;

/** The task types that are allowed, and what their payloads must be. */
export class TaskTypes {
  /** Reads the file that lies beside the code of a function, if some types only are allowed. */
  static besideCode(directory: string): TaskTypes | undefined {
    const file = path.join(directory, TASK_TYPES_FILE);
    return existsSync(file) ? new TaskTypes(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  }

  private readonly types: Map<string, PayloadSchema | undefined>;

  /** @param maxCheckMs the time that the check of a payload may take */
  constructor(entries: TaskTypeEntry[], private readonly maxCheckMs = MAX_CHECK_MS) {
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
    const errors = this.errorsOf(payload, type, allowed);
    if (errors.length === 0) return;
    throw new Problem(422, `the payload is not one of a task of type ${type}`, errors.filter(({ keyword }) => !OUTER.has(keyword)).map(toRequestError));
  }

  private errorsOf(payload: unknown, taskType: string, schema: PayloadSchema): OutputUnit[] {
    let first: OutputUnit[] | undefined;
    try {
      return withinTime(this.maxCheckMs, () => {
        first = schema.errorsOf(payload, true);
        return first.length === 0 ? first : schema.errorsOf(payload, false);
      });
    } catch (error) {
      const isLate = error instanceof TimeLimitError;
      if (!isLate && !(error instanceof RangeError)) throw error;
      // To find all errors took too long, or they were more than the validator can hold: the first one must do.
      if (first) return first;
      console.warn({ message: isLate ? 'payload check took too long' : 'payload check overflowed', taskType });
      throw isLate
        ? new Problem(503, `the payload could not be checked against the schema of task type ${taskType} within ${this.maxCheckMs} ms: send a smaller one`)
        : new Problem(422, `the payload is too large to be checked against the schema of task type ${taskType}`);
    }
  }
}

/** What a payload must be. */
class PayloadSchema {
  private readonly lookup: Record<string, Schema | boolean>;

  constructor(private readonly schema: Schema) {
    this.lookup = dereference(schema);
  }

  /** Returns what is wrong with a payload, or the first error that decides. */
  errorsOf(payload: unknown, stopAtFirst: boolean): OutputUnit[] {
    return validate(payload, this.schema, '2020-12', this.lookup, stopAtFirst).errors;
  }
}

/** The validator quotes what it found, which may be long. */
const MAX_DETAIL = 500;

function toRequestError({ keyword, instanceLocation, error }: OutputUnit) {
  return { pointer: `#/payload${instanceLocation.slice(1)}`, detail: keyword === 'false' ? 'is not allowed' : error.slice(0, MAX_DETAIL) };
}
