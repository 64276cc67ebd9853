import { Token } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jsonata, retry, sendReport } from './wrapper-definition';
import { MAX_PROGRESS_MESSAGE } from '../../protocol/limits';
import type { TaskProgressOptions } from '../../task-reports';

/** The input of the user's execution. */
const TASK = '$states.context.Execution.Input';

/** Returns a state that reports progress. Throws if the options are not valid. */
export function progressState(scope: Construct, id: string, options: TaskProgressOptions): sfn.CustomState {
  validate(options);
  const { percent, percentExpression, message } = options;
  return new ProgressState(scope, id, {
    stateJson: {
      ...sendReport(TASK, {
        taskId: jsonata(`${TASK}.taskId`),
        taskCreatedAt: jsonata(`${TASK}.createdAt`),
        status: 'RUNNING',
        // Reports can arrive in another order.
        sequence: jsonata('$toMillis($states.context.State.EnteredTime)'),
        progress: {
          ...(percentExpression !== undefined ? { percent: jsonata(percentExpression) } : percent !== undefined && { percent }),
          ...(message !== undefined && { message }),
        },
      }),
      // A single state can have it in a state machine with JSONPath.
      QueryLanguage: 'JSONata',
      Retry: [retry('States.ALL', { attempts: 2 })],
      Output: jsonata('$states.input'),
    },
  });
}

function validate({ percent, percentExpression, message }: TaskProgressOptions): void {
  if (percent === undefined && percentExpression === undefined && message === undefined) {
    throw new Error('progress must have percent, percentExpression or message');
  }
  if (percent !== undefined && percentExpression !== undefined) {
    throw new Error('percentExpression must not be set with percent: remove one of them');
  }
  if (percent !== undefined && !Token.isUnresolved(percent) && !(percent >= 0 && percent <= 100)) {
    throw new Error(`percent must be from 0 to 100, got ${percent}`);
  }
  if (percentExpression !== undefined && /^\s*\{%/.test(percentExpression)) {
    throw new Error(`percentExpression must be JSONata without {% %}, got '${percentExpression}'`);
  }
  if (message !== undefined && !Token.isUnresolved(message) && [...message].length > MAX_PROGRESS_MESSAGE) {
    throw new Error(`message must have at most ${MAX_PROGRESS_MESSAGE} characters, got ${[...message].length}`);
  }
}

/** A state after which the state machine goes on, even if it fails. */
class ProgressState extends sfn.CustomState {
  public override toStateJson(queryLanguage?: sfn.QueryLanguage): object {
    const state = super.toStateJson(queryLanguage) as { Next?: string; Catch?: { ErrorEquals: string[] }[] };
    const { Next, Catch: catchers = [] } = state;
    // Nothing can follow a catcher for all errors.
    if (Next === undefined || catchers.some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))) return state;
    return { ...state, Catch: [...catchers, { ErrorEquals: ['States.ALL'], Output: jsonata('$states.input'), Next }] };
  }
}
