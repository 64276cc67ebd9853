import { Aws, Duration } from 'aws-cdk-lib';
import { MAX_RESULT_BYTES } from '../../protocol/limits';
import { ERROR_CODE, EVENT, TASK_END } from '../../protocol/wire';

/** States of Amazon States Language, by their names. */
export type States = Record<string, object>;

/** A field of a state: JSONata in its delimiters. */
export function jsonata(expression: string): string {
  return `{% ${expression} %}`;
}

/** Returns the resource of a Task state that calls a service. The partition is another one in China and in GovCloud. */
export function integration(action: string): string {
  return `arn:${Aws.PARTITION}:states:::${action}`;
}

/** Returns a text as JSONata. */
export function text(value: string): string {
  return JSON.stringify(value);
}

/** Returns JSONata in one line. */
export function inLine(expression: string): string {
  return expression.trim().replace(/\s*\n\s*/g, ' ');
}

/** The task in the input of the execution. Its size must not pass from state to state, so no state has it. */
export const TASK = '$states.context.Execution.Input.task';

/** How often the work has been started, and how often it has been reclaimed. */
export const ATTEMPT = '$states.input.attempt';
export const RECLAIMS = '$states.input.reclaims';

/** Maximum number of starts after other refusals than those of a quota, with pauses of 1, 2, 4, … seconds. */
const MAX_STARTS = 8;

/** Maximum pause between two starts. */
const MAX_PAUSE_SECONDS = 300;

/** JSONata for the whole seconds until the deadline of the task. */
const SECONDS_LEFT = `$floor(($toMillis(${TASK}.deadlineAt) - $toMillis($states.context.State.EnteredTime)) / 1000)`;

/** JSONata for the input of a state that deals with an error. */
export const HOW_IT_FAILED = jsonata(inLine(`{
  'attempt': ${ATTEMPT}, 'reclaims': ${RECLAIMS},
  'error': $states.errorOutput.Error, 'cause': $string($states.errorOutput.Cause)
}`));

/** Errors of a start that has had no effect, because of a quota or a lack of capacity. Other work of the account holds it until it ends. */
const BUSY = ['throttl', 'limit ?exceeded', 'reached the limit', 'too ?many', 'rate exceeded', 'capacity'];

/** Errors of a start that has had no effect. Permissions that are new are not effective at once. */
const DENIED = ['denied', 'not authorized'];

/** Errors after which the work may run. */
const UNKNOWN = ['unavailable', 'server', 'internal', 'sdk', 'timeout', 'timed out'];

/** Returns JSONata for the end of a task: one that failed. */
export function failed(code: string, message: string): string {
  return `{'end': {'status': 'FAILED', 'error': {'code': ${code}, 'message': ${message}}}}`;
}

function resultTooLarge(message: string): string {
  return jsonata(failed(text(ERROR_CODE.RESULT_TOO_LARGE), text(message)));
}

/** Returns a retrier with full jitter, and pauses of 1, 2, 4, … seconds. */
export function retry(error: string, { attempts, maxDelaySeconds = 60 }: { attempts: number; maxDelaySeconds?: number }): object {
  return {
    ErrorEquals: [error],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxDelaySeconds: maxDelaySeconds,
    MaxAttempts: attempts,
    JitterStrategy: 'FULL',
  };
}

/** JSONata for a description of work that has ended, but seems to run: it can be a moment old. The state is repeated. */
export const STALE = `$error(${text('the description is not up to date')})`;

/** Retriers of a state that describes work. */
export const DESCRIBE_AGAIN = [
  retry('States.QueryEvaluationError', { attempts: 6, maxDelaySeconds: 4 }),
  retry('States.ALL', { attempts: 3 }),
];

/**
 * Returns JSONata for the end of a task whose work has returned a value: the value is its result, or says how it ended, as with
 * `completeOnReturn`.
 */
export function endOf(value: string): string {
  return inLine(`(
    $value := ${value};
    $given := $type($value) = 'object' ? $lookup($value, '${TASK_END}');
    $isEnd := $type($given) = 'object' and $given.status in ['SUCCESSFUL', 'FAILED'];
    {'end': $isEnd
      ? $sift($given, function($v, $k) { $k in ['status', 'result', 'resultObject', 'error'] })
      : {'status': 'SUCCESSFUL', 'result': $value}}
  )`);
}

/** The state that runs the work, and what follows if that fails. */
export interface RunState {
  readonly resource: string;
  readonly arguments: object;
  /** JSONata for the input of `next`. */
  readonly output: string;
  readonly next: string;
  /** Which state reads how the work failed. */
  readonly onFailure: string;
  /** Whether a second start of the same work has no effect. */
  readonly isIdempotent: boolean;
  /** Catchers for errors of its own. */
  readonly catchers?: object[];
}

/** Errors of a start that don't mean that the work has not run: it failed, or an earlier start has succeeded after all. */
const HAS_RUN = /^States\.TaskFailed$|ExecutionAlreadyExists/;

/** Returns the states that run the work until the deadline of the task, and start it again if it could not be started. */
export function runStates({ resource, arguments: args, output, next, onFailure, isIdempotent, catchers = [] }: RunState): States {
  const reason = "$states.input.error & ' ' & $states.input.cause";
  const isBusy = `$contains(${reason}, ${new RegExp(BUSY.join('|'), 'i')})`;
  const isTransient = `$contains(${reason}, ${new RegExp([...DENIED, ...(isIdempotent ? UNKNOWN : [])].join('|'), 'i')})`;
  const tooLarge = 'the result and the input of the work have more than 256 KiB together: '
    + 'put the result into the resultBucket of the TaskManager, and return its resultObject';
  return {
    Run: {
      Type: 'Task',
      Resource: resource,
      TimeoutSeconds: jsonata(`$max([1, ${SECONDS_LEFT}])`),
      Arguments: args,
      Output: jsonata(output),
      Next: next,
      Catch: [
        // `States.ALL` leaves it out.
        { ErrorEquals: ['States.DataLimitExceeded'], Output: resultTooLarge(tooLarge), Next: 'Report' },
        // The TaskManager ends the task at its deadline.
        { ErrorEquals: ['States.Timeout'], Next: 'TimedOut' },
        ...catchers,
        { ErrorEquals: ['States.ALL'], Output: HOW_IT_FAILED, Next: 'Failed' },
      ],
    },
    Failed: {
      Type: 'Choice',
      Choices: [
        { Condition: jsonata(`$contains($states.input.error, ${HAS_RUN})`), Next: onFailure },
        {
          Condition: jsonata(`${isBusy} or ${ATTEMPT} < ${MAX_STARTS} and ${isTransient}`),
          Output: jsonata(`{'attempt': ${ATTEMPT} + 1, 'reclaims': ${RECLAIMS}}`),
          Next: 'Pause',
        },
        {
          Condition: jsonata('true'),
          Output: jsonata(failed(
            text(ERROR_CODE.PROCESSOR_FAILED),
            `${text('the work could not be started: ')} & $states.input.error & ': ' & $states.input.cause`,
          )),
          Next: 'Report',
        },
      ],
    },
    // Not longer than until the deadline.
    Pause: {
      Type: 'Wait', Seconds: jsonata(`$max([0, $min([${MAX_PAUSE_SECONDS}, $power(2, ${ATTEMPT} - 2), ${SECONDS_LEFT}])])`), Next: 'Again',
    },
    Again: { Type: 'Choice', Choices: [{ Condition: jsonata(`${SECONDS_LEFT} >= 1`), Next: 'Run' }], Default: 'TimedOut' },
    // Not a success: what stops the work then makes sure that it has stopped.
    TimedOut: { Type: 'Fail', Error: ERROR_CODE.TASK_TIMEOUT, Cause: 'the deadline of the task has passed' },
  };
}

/** Refusals of a report that another attempt can't fix. */
const PERMANENT = /MalformedDetail|InvalidArgument|ValidationException/;

/**
 * Returns the members of a state that sends a report.
 *
 * @param task JSONata for the task
 * @param detail the report
 */
export function sendReport(task: string, detail: unknown): object {
  return {
    Type: 'Task',
    Resource: integration('events:putEvents'),
    Arguments: {
      Entries: [{
        EventBusName: jsonata(`${task}.reportTo.eventBusName`),
        Source: jsonata(`${task}.reportTo.source`),
        DetailType: EVENT.UPDATED,
        Detail: detail,
      }],
    },
  };
}

/** Returns the states that report the end of the task. It is in their input. */
export function reportStates(): States {
  const report = {
    ...sendReport(TASK, jsonata(`$merge([{'taskId': ${TASK}.taskId, 'taskCreatedAt': ${TASK}.createdAt}, $states.input.end])`)),
    Retry: [
      // Long enough for a throttled entry. After that, the error shows whether another attempt can help.
      retry('EventBridge.FailedEntry', { attempts: 6, maxDelaySeconds: 30 }),
      retry('States.ALL', { attempts: 15, maxDelaySeconds: 60 }),
    ],
    Output: {},
    End: true,
  };
  const tooLarge = `the result has more than ${MAX_RESULT_BYTES} bytes: `
    + 'put it into the resultBucket of the TaskManager, and return its resultObject';
  return {
    Report: {
      ...report,
      Catch: [
        { ErrorEquals: ['States.DataLimitExceeded'], Output: resultTooLarge(tooLarge), Next: 'ReportFailure' },
        {
          ErrorEquals: ['States.ALL'],
          Output: jsonata(`{'end': $states.input.end, 'isPermanent': $contains($string($states.errorOutput), ${PERMANENT})}`),
          Next: 'Refused',
        },
      ],
    },
    Refused: {
      Type: 'Choice',
      Choices: [{
        Condition: jsonata('$states.input.isPermanent'),
        Output: jsonata(inLine(`
          $states.input.end.status = 'FAILED'
            ? ${failed('$states.input.end.error.code', text('the work failed, and EventBridge refused its error'))}
            : ${failed(text(ERROR_CODE.INVALID_RESULT), text('EventBridge refused the result'))}
        `)),
        Next: 'ReportFailure',
      }],
      Default: 'Report',
    },
    ReportFailure: { ...report, Catch: [{ ErrorEquals: ['States.ALL'], Output: jsonata('$states.input'), Next: 'ReportFailure' }] },
  };
}

/** Returns the definition of the state machine that runs the work of a task and reports how it ended. */
export function wrapperDefinition(states: States, taskTimeout: Duration): object {
  return {
    Comment: 'Runs the work of a task, and reports how it ended',
    QueryLanguage: 'JSONata',
    // A backstop. The states have the deadline of the task.
    ...(!taskTimeout.isUnresolved() && { TimeoutSeconds: taskTimeout.plus(Duration.days(1)).toSeconds() }),
    StartAt: 'Run',
    States: { ...states, ...reportStates() },
  };
}
