import { dereference, OutputUnit, Schema, validate } from '@cfworker/json-schema';
import { Problem } from './problem';
import { TimeLimitError, withinTime } from './time-limit';
import { TASK_TYPES_FILE, TaskTypeEntry } from '../../protocol/environment';
import { fileBesideCode } from '../support/configuration';
import { TaskRequest } from '../task/task';

/** Keywords of errors that only say that there is an error deeper in the payload. */
const OUTER = new Set(['$ref', 'additionalProperties', 'allOf', 'items', 'patternProperties', 'prefixItems', 'properties']);

/** A payload of 64 KiB usually takes some milliseconds. But some schemas and payloads together would take hours. */
const MAX_CHECK_MS = 1000;

/** The accepted task types, and the schemas of their payloads. */
export class TaskTypes {
  /** Reads the file next to the code of a function; undefined if there is none, so that all types are accepted. */
  public static besideCode(directory: string): TaskTypes | undefined {
    const entries = fileBesideCode<TaskTypeEntry[]>(directory, TASK_TYPES_FILE);
    return entries && new TaskTypes(entries);
  }

  private readonly types: Map<string, PayloadSchema | undefined>;

  /** @param maxCheckMs maximum time for the check of a payload */
  constructor(entries: TaskTypeEntry[], private readonly maxCheckMs = MAX_CHECK_MS) {
    this.types = new Map(entries.map(({ taskType, payloadSchema }) => (
      [taskType, payloadSchema && new PayloadSchema(payloadSchema as Schema)]
    )));
  }

  /**
   * Throws a {@link Problem} if a request is for another task type, or its payload does not match the schema of its type.
   *
   * @param traceId for log lines
   */
  public check({ type, payload }: TaskRequest, traceId?: string): void {
    if (!this.types.has(type)) {
      const accepted = [...this.types.keys()];
      const quoted = accepted.map((taskType) => `'${taskType}'`).join(', ');
      throw new Problem(422, `task type '${type}' is not accepted; accepted types: ${quoted}`, [
        { pointer: '#/type', detail: `must be one of ${accepted.join(', ')}` },
      ]);
    }
    const schema = this.types.get(type);
    if (!schema) return;
    if (payload === undefined) {
      throw new Problem(422, `a task of type '${type}' must have a payload`, [{ pointer: '#/payload', detail: 'is missing' }]);
    }
    const errors = this.errorsOf(payload, schema, { taskType: type, traceId });
    if (errors.length === 0) return;
    const innermost = errors.filter(({ keyword }) => !OUTER.has(keyword));
    throw new Problem(422, `the payload does not match the schema of task type '${type}'`, innermost.map(toRequestError));
  }

  private errorsOf(payload: unknown, schema: PayloadSchema, subject: { taskType: string; traceId?: string }): OutputUnit[] {
    let first: OutputUnit[] | undefined;
    try {
      return withinTime(this.maxCheckMs, () => {
        first = schema.errorsOf(payload, true);
        return first.length === 0 ? first : schema.errorsOf(payload, false);
      });
    } catch (error) {
      const isLate = error instanceof TimeLimitError;
      if (!isLate && !(error instanceof RangeError)) throw error;
      // Finding all errors took too long, or they were too many for the validator. The first one is enough.
      if (first) return first;
      console.warn({ message: isLate ? 'payload check took too long' : 'payload check overflowed the stack', ...subject });
      const check = `checked against the schema of task type '${subject.taskType}'`;
      throw isLate
        ? new Problem(503, `the payload could not be ${check} within ${this.maxCheckMs} ms: send a smaller payload`)
        : new Problem(422, `the payload is too large to be ${check}`);
    }
  }
}

/** A JSON Schema that payloads must match. */
class PayloadSchema {
  private readonly lookup: Record<string, Schema | boolean>;

  constructor(private readonly schema: Schema) {
    this.lookup = dereference(schema);
  }

  /** Returns the errors of a payload: all of them, or enough to refuse it. */
  public errorsOf(payload: unknown, stopAtFirst: boolean): OutputUnit[] {
    return validate(payload, this.schema, '2020-12', this.lookup, stopAtFirst).errors;
  }
}

/** The validator quotes the value, which can be long. */
const MAX_DETAIL = 500;

function toRequestError({ keyword, instanceLocation, error }: OutputUnit) {
  return { pointer: `#/payload${instanceLocation.slice(1)}`, detail: keyword === 'false' ? 'is not allowed' : error.slice(0, MAX_DETAIL) };
}
