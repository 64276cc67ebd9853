import { Fn, Lazy, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { managedRule } from './managed-rule';
import { Permission, permissionsToAsk } from './permission';
import { Work } from './work';
import {
  ATTEMPT, DESCRIBE_AGAIN, endOf, failed, HOW_IT_FAILED, inLine, integration, jsonata, RECLAIMS, retry, runStates, STALE, States, TASK,
  text,
} from './wrapper-definition';
import { ENVIRONMENT } from '../../protocol/environment';
import { ERROR_CODE, resultKeyPrefix } from '../../protocol/wire';
import { MAX_OVERRIDES } from '../../protocol/work';
import { ITaskManager } from '../../task-manager-interface';
import { via } from '../encryption/key-permissions';

/** Room for everything in the overrides but the payload: names of variables, ids, times and the names of `reportTo`. */
const ENVELOPE_CHARACTERS = 3072;

export interface ContainerWorkProps {
  readonly taskManager: ITaskManager;
  readonly taskType: string;
  readonly cluster: ecs.ICluster;
  readonly taskDefinition: ecs.TaskDefinition;
  readonly containerName: string;
  /** Members of the request that starts an ECS task: where it runs. */
  readonly placement: object;
  readonly spotRetryAttempts: number;
}

/** Work that is an ECS task. */
export class ContainerWork implements Work {
  public readonly states: States;
  public readonly toRun: iam.PolicyStatement[];
  public readonly toStop: iam.PolicyStatement[];
  public readonly actionsToFind = ['states:GetExecutionHistory'];
  public readonly environment: Record<string, string>;
  // A payload is JSON in JSON, so that each of its characters can become two.
  public readonly maxRequestBytes = (MAX_OVERRIDES - ENVELOPE_CHARACTERS) / 2;
  public readonly role: iam.IRole;
  public readonly permissions: Permission[];

  constructor(scope: Construct, props: ContainerWorkProps) {
    const { taskManager, cluster, taskDefinition, containerName } = props;
    const arnOf = (resource: string, resourceName: string) => Stack.of(scope).formatArn({ service: 'ecs', resource, resourceName });
    const ofCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
    const useTasks = new iam.PolicyStatement({
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'], resources: [arnOf('task', `${cluster.clusterName}/*`)],
    });
    this.states = statesFor(props);
    this.toRun = [
      // All revisions: the latest one can be newer than the wrapper's execution.
      new iam.PolicyStatement({
        actions: ['ecs:RunTask'], resources: [arnOf('task-definition', `${taskDefinition.family}:*`)], conditions: ofCluster,
      }),
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        // CDK makes the execution role when it needs one.
        resources: Lazy.list({
          produce: () => [taskDefinition.taskRole, taskDefinition.executionRole].flatMap((role) => role?.roleArn ?? []),
        }),
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
      useTasks,
      // https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
      managedRule(scope, 'StepFunctionsGetEventsForECSTaskRule'),
      ...readResult(props),
    ];
    this.toStop = [
      useTasks.copy(),
      new iam.PolicyStatement({ actions: ['ecs:ListTasks'], resources: ['*'], conditions: ofCluster }),
    ];
    this.environment = {
      [ENVIRONMENT.CLUSTER_ARN]: cluster.clusterArn,
      [ENVIRONMENT.TASK_DEFINITION_FAMILY]: taskDefinition.family,
      [ENVIRONMENT.CONTAINER_NAME]: containerName,
    };
    this.role = taskDefinition.taskRole;
    this.permissions = permissionsToAsk(taskManager);
  }
}

/** Returns what the wrapper needs to read the result of a container. S3 tells only who can list a bucket that an object is missing. */
function readResult({ taskManager: { resultBucket: bucket }, taskType }: ContainerWorkProps): iam.PolicyStatement[] {
  if (!bucket) return [];
  return [
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(`${resultKeyPrefix(taskType)}*`)] }),
    new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
    ...(bucket.encryptionKey ? [new iam.PolicyStatement({
      actions: ['kms:Decrypt'], resources: [bucket.encryptionKey.keyArn], conditions: via(bucket, 's3'),
    })] : []),
  ];
}

/** The ARN of an ECS task in its description. */
const TASK_ARN = /arn:[^"]*:task\/[^\\"]+/;

function statesFor(props: ContainerWorkProps): States {
  const { taskManager: { resultBucket }, taskType, cluster, taskDefinition, containerName, placement, spotRetryAttempts } = props;
  const next = resultBucket ? 'ReadResult' : 'Report';
  const task = '$exists($states.result.Tasks) ? $states.result.Tasks[0] : $states.result';
  return {
    ...runStates({
      resource: integration('ecs:runTask.sync'),
      arguments: {
        Cluster: cluster.clusterArn,
        TaskDefinition: latestRevisionOf(taskDefinition),
        ...placement,
        // By this name, what stops a task finds it.
        Group: jsonata('$states.context.Execution.Name'),
        Overrides: { ContainerOverrides: [{ Name: containerName, Environment: jsonata('$states.context.Execution.Input.environment') }] },
      },
      // With a code of 0, too: many programs take a signal to stop for a reason to exit without an error.
      output: `(${isReclaimed(task)} ? $error('reclaimed: "' & (${task}).TaskArn & '"'); {'end': ${endOfTask(task, containerName)}})`,
      next,
      onFailure: 'Describe',
      isIdempotent: false,
      catchers: [{ ErrorEquals: ['States.QueryEvaluationError'], Output: HOW_IT_FAILED, Next: 'Describe' }],
    }),
    // The cause that a failed task leaves is cut after 32,768 characters.
    Describe: {
      Type: 'Task',
      Resource: integration('aws-sdk:ecs:describeTasks'),
      Arguments: { Cluster: cluster.clusterArn, Tasks: [jsonata(`$match($states.input.cause, ${TASK_ARN}, 1).match`)] },
      Output: jsonata(inLine(`(${task}).LastStatus = 'STOPPED' ? {
        'attempt': ${ATTEMPT}, 'reclaims': ${RECLAIMS},
        'isReclaimed': ${isReclaimed(task)}, 'end': ${endOfTask(task, containerName)}
      } : ${STALE}`)),
      Retry: DESCRIBE_AGAIN,
      Catch: [{
        ErrorEquals: ['States.ALL'],
        Output: jsonata(failed(
          text(ERROR_CODE.PROCESSOR_FAILED),
          `${text('the container failed, and its task could not be described: ')} & $states.errorOutput.Error`,
        )),
        Next: next,
      }],
      Next: 'Stopped',
    },
    Stopped: {
      Type: 'Choice',
      Choices: [{
        Condition: jsonata(`$states.input.isReclaimed and ${RECLAIMS} < ${spotRetryAttempts}`),
        Output: jsonata(`{'attempt': ${ATTEMPT}, 'reclaims': ${RECLAIMS} + 1}`),
        Next: 'Again',
      }],
      Default: next,
    },
    ...(resultBucket && resultStates(resultBucket, taskType)),
  };
}

/**
 * Returns the family of a task definition, which ECS takes for its latest revision. An update of the stack makes the revision inactive that
 * an execution was started with, and the execution could not start the container again.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-definition-state.html
 */
function latestRevisionOf({ taskDefinitionArn }: ecs.TaskDefinition): string {
  // From the ARN, so that the wrapper is not deployed before the task definition.
  return Fn.select(0, Fn.split(':', Fn.select(1, Fn.split('/', taskDefinitionArn))));
}

/** Returns JSONata for whether ECS has reclaimed the capacity of a task. */
function isReclaimed(task: string): string {
  return `(${task}).StopCode = 'SpotInterruption'`;
}

/** Returns JSONata for how an ECS task ended. It is successful only if it has ended by itself. */
function endOfTask(task: string, containerName: string): string {
  const message = text('the container did not run to its end');
  return inLine(`(
    $task := ${task};
    $container := $task.Containers[Name = ${text(containerName)}];
    $code := $container.ExitCode;
    $reason := $exists($container.Reason) ? $container.Reason : $task.StoppedReason;
    $message := $code = 0 ? 'the container was stopped'
      : $exists($code) ? 'the container exited with code ' & $string($code) : ${message};
    $exists($code) and $code = 0 and ($task.StopCode = 'EssentialContainerExited' or $not($exists($task.StopCode)))
      ? {'status': 'SUCCESSFUL'}
      : ${failed(text(ERROR_CODE.PROCESSOR_FAILED), '$exists($reason) ? $message & ": " & $reason : $message')}.end
  )`);
}

/** Returns the state that reads what the container has stored as its result: the result, or how the task ended. */
function resultStates(bucket: s3.IBucket, taskType: string): States {
  const instead = (code: string, message: string) =>
    jsonata(`$states.input.end.status = 'FAILED' ? {'end': $states.input.end} : ${failed(text(code), message)}`);
  const missing = ['S3.NoSuchKeyException', 'S3.NoSuchKey'];
  return {
    ReadResult: {
      Type: 'Task',
      Resource: integration('aws-sdk:s3:getObject'),
      Arguments: {
        Bucket: bucket.bucketName,
        Key: jsonata(inLine(`
          ${text(resultKeyPrefix(taskType))} & ${TASK}.taskId & '/result-' & $replace(${TASK}.createdAt, /[^0-9TZ]/, '') & '.json'
        `)),
      },
      // A container that failed can say why, but can't be successful.
      Output: jsonata(inLine(`(
        $content := ${endOf('$parse($states.result.Body)')};
        $states.input.end.status = 'SUCCESSFUL' or $content.end.status = 'FAILED' ? $content : {'end': $states.input.end}
      )`)),
      Retry: [
        { ErrorEquals: [...missing, 'States.QueryEvaluationError'], MaxAttempts: 0 },
        retry('States.ALL', { attempts: 5 }),
      ],
      Catch: [
        { ErrorEquals: missing, Output: jsonata("{'end': $states.input.end}"), Next: 'Report' },
        {
          ErrorEquals: ['States.DataLimitExceeded'],
          Output: instead(ERROR_CODE.RESULT_TOO_LARGE, text('the stored result has more than 256 KiB: store a resultObject')),
          Next: 'Report',
        },
        {
          ErrorEquals: ['States.QueryEvaluationError'],
          Output: instead(ERROR_CODE.INVALID_RESULT, text('the stored result is not JSON')),
          Next: 'Report',
        },
        {
          ErrorEquals: ['States.ALL'],
          Output: instead(ERROR_CODE.INVALID_RESULT, "'the stored result could not be read: ' & $states.errorOutput.Error"),
          Next: 'Report',
        },
      ],
      Next: 'Report',
    },
  };
}
