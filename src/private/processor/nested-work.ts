import { ArnFormat, Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { managedRule } from './managed-rule';
import { Permission } from './permission';
import { Work } from './work';
import { DESCRIBE_AGAIN, endOf, failed, inLine, integration, jsonata, runStates, STALE, States, TASK, text } from './wrapper-definition';
import { ENVIRONMENT } from '../../protocol/environment';
import { ERROR_CODE } from '../../protocol/wire';
import { EXECUTION_MARGIN_BYTES, MAX_EXECUTION_BYTES } from '../../protocol/work';

/** Room for everything in the input but the payload: ids, times and the names of `reportTo`. */
const ENVELOPE_BYTES = 4096;

/** The name of the wrapper's execution, which is also that of the nested one. */
const NAME = '$states.context.Execution.Name';

/** Work that is a state machine of the user, which the wrapper runs as a nested execution. */
export class NestedWork implements Work {
  public readonly states: States;
  public readonly toRun: iam.PolicyStatement[];
  public readonly toStop: iam.PolicyStatement[];
  // It has the name of the wrapper's execution.
  public readonly actionsToFind: string[] = [];
  public readonly environment: Record<string, string>;
  public readonly maxRequestBytes = MAX_EXECUTION_BYTES - EXECUTION_MARGIN_BYTES - ENVELOPE_BYTES;
  public readonly role?: iam.IRole;
  public readonly permissions: Permission[] = [];

  constructor(scope: Construct, stateMachine: sfn.IStateMachine) {
    const { stateMachineArn } = stateMachine;
    const arnOf = (resource: string) => unqualifiedArn(scope, stateMachineArn, resource);
    const executions = arnOf('execution');
    const useExecutions = new iam.PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [`${executions}:*`],
    });
    this.states = statesFor(stateMachineArn, executions);
    this.toRun = [
      // https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
      new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [arnOf('stateMachine')] }),
      useExecutions.copy(),
      // https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
      managedRule(scope, 'StepFunctionsGetEventsForStepFunctionsExecutionRule'),
    ];
    this.toStop = [useExecutions];
    this.environment = { [ENVIRONMENT.WORK_STATE_MACHINE_ARN]: stateMachineArn };
    this.role = stateMachine instanceof sfn.StateMachine ? stateMachine.role : undefined;
  }
}

/** Returns the ARN of a state machine, or of its executions without their names. The given ARN can have an alias or a version. */
function unqualifiedArn(scope: Construct, stateMachineArn: string, resource: string): string {
  const resourceName = Fn.select(6, Fn.split(':', stateMachineArn));
  return Stack.of(scope).formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

function statesFor(stateMachineArn: string, executions: string): States {
  return {
    ...runStates({
      resource: integration('states:startExecution.sync:2'),
      arguments: { StateMachineArn: stateMachineArn, Name: jsonata(NAME), Input: jsonata(TASK) },
      output: endOf('$states.result.Output'),
      next: 'Report',
      onFailure: 'Describe',
      // By its name.
      isIdempotent: true,
    }),
    // The cause that a failed execution leaves is cut after 32,768 characters.
    Describe: {
      Type: 'Task',
      Resource: integration('aws-sdk:sfn:describeExecution'),
      Arguments: { ExecutionArn: jsonata(`${text(executions)} & ':' & ${NAME}`) },
      Output: jsonata(endOfExecution('$states.result')),
      Retry: DESCRIBE_AGAIN,
      Catch: ['States.DataLimitExceeded', 'States.ALL'].map((error) => ({
        ErrorEquals: [error],
        Output: jsonata(failed(
          text(ERROR_CODE.PROCESSOR_FAILED),
          `'the execution ' & ${NAME} & ' failed, and could not be described: ' & $states.errorOutput.Error`,
        )),
        Next: 'Report',
      })),
      Next: 'Report',
    },
  };
}

/** The message of an error that a Lambda function threw, in the cause of an execution. */
const FUNCTION_ERROR = /"errorMessage":"((?:[^\\"]|\\.)*)"/;

/** Returns JSONata for the end of a task whose execution has been described. */
function endOfExecution(execution: string): string {
  const code = inLine(`
    $execution.Error ? $execution.Error : $status = 'TIMED_OUT' ? 'States.Timeout' : ${text(ERROR_CODE.PROCESSOR_FAILED)}
  `);
  return inLine(`(
    $execution := ${execution};
    $status := $execution.Status;
    $ofFunction := $match($string($execution.Cause), ${FUNCTION_ERROR}, 1).groups[0];
    $cause := $exists($ofFunction) ? $parse('"' & $ofFunction & '"') : $execution.Cause;
    $how := $status = 'TIMED_OUT' ? 'timed out' : $status = 'ABORTED' ? 'was aborted' : 'failed';
    $status = 'RUNNING' ? ${STALE} : $status = 'SUCCEEDED'
      ? ${endOf('$parse($execution.Output)')}
      : ${failed(code, "$cause ? $cause : 'the execution ' & $how")}
  )`);
}
