import * as iam from 'aws-cdk-lib/aws-iam';
import { allow, Case, deny, OVER_TLS } from './case';
import { asks, reports, resultUploads } from './processors';
import { EVENT, processorSource } from '../../../src/protocol/wire';
import { ProofApp } from '../app';
import { ACCOUNT, REGION } from '../deployment';
import { LongProcessor } from '../parts';

/** Returns the requests of the functions, the wrapper and the work of a processor of long work. */
export function requestsOfLongWork(app: ProofApp, work: LongProcessor): Case[] {
  return [...ofWrapper(app, work), ...ofFunctions(app, work), ...ofWork(app, work)];
}

const arnOfStates = (resource: string) => `arn:aws:states:${REGION}:${ACCOUNT}:${resource}`;
const arnOfEcs = (resource: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;

/** Returns the ARNs of what a processor uses, as they are deployed. */
function deployed({ deployment }: ProofApp, { processor, stateMachine, container }: LongProcessor) {
  const wrapper = deployment.valueOf(processor.wrapper, processor.wrapper.stateMachineArn);
  const executionOf = (stateMachineArn: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:0190af`;
  return {
    wrapper,
    wrapperExecution: executionOf(wrapper),
    machine: stateMachine && deployment.valueOf(stateMachine, stateMachine.stateMachineArn),
    nestedExecution: stateMachine && executionOf(deployment.valueOf(stateMachine, stateMachine.stateMachineArn)),
    cluster: container && deployment.valueOf(container.cluster, container.cluster.clusterArn),
    task: container && arnOfEcs(`task/${deployment.valueOf(container.cluster, container.cluster.clusterName)}/0190af`),
  };
}

function ofWrapper(app: ProofApp, work: LongProcessor): Case[] {
  const role = app.role(work.processor.wrapper);
  return [
    ...reports(app, role, work.taskManager, work.taskType),
    ...asks(app, role, undefined),
    ...(work.container ? runsContainers(app, role, work) : runsStateMachine(app, role, work)),
    ...readsResults(app, role, work),
    deny(role, 'states:StartExecution', deployed(app, work).wrapper, 'itself'),
  ];
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html */
function runsStateMachine(app: ProofApp, role: string, work: LongProcessor): Case[] {
  const { machine, nestedExecution } = deployed(app, work);
  return [
    allow(role, 'states:StartExecution', machine!),
    deny(role, 'states:StartExecution', `${machine}Another`, 'another state machine'),
    ...['states:DescribeExecution', 'states:StopExecution'].flatMap((action) => [
      allow(role, action, nestedExecution!),
      deny(role, action, arnOfStates('execution:Another:0190af'), 'of another state machine'),
    ]),
    ...usesRule(role, 'StepFunctionsGetEventsForStepFunctionsExecutionRule'),
  ];
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html */
function runsContainers(app: ProofApp, role: string, work: LongProcessor): Case[] {
  const { cluster, task } = deployed(app, work);
  const { taskDefinition } = work.container!;
  const family = app.deployment.resolve(taskDefinition.family);
  const inCluster = { 'ecs:cluster': cluster! };
  const roleArn = ({ roleArn: arn }: iam.IRole) => app.deployment.valueOf(taskDefinition, arn);
  const passed = (service: string) => ({ 'iam:PassedToService': service });
  return [
    ...[1, 2].map((revision) => allow(role, 'ecs:RunTask', arnOfEcs(`task-definition/${family}:${revision}`), inCluster)),
    deny(role, 'ecs:RunTask', arnOfEcs('task-definition/Another:1'), 'another family', inCluster),
    deny(role, 'ecs:RunTask', arnOfEcs(`task-definition/${family}:1`), 'in another cluster', { 'ecs:cluster': `${cluster}Another` }),
    ...[taskDefinition.taskRole, taskDefinition.executionRole!].flatMap((passedRole) => [
      allow(role, 'iam:PassRole', roleArn(passedRole), passed('ecs-tasks.amazonaws.com')),
      deny(role, 'iam:PassRole', roleArn(passedRole), 'to another service', passed('lambda.amazonaws.com')),
    ]),
    deny(role, 'iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/Admin`, 'another role', passed('ecs-tasks.amazonaws.com')),
    ...stopsContainers(role, task!),
    ...usesRule(role, 'StepFunctionsGetEventsForECSTaskRule'),
  ];
}

function stopsContainers(role: string, task: string): Case[] {
  return ['ecs:DescribeTasks', 'ecs:StopTask'].flatMap((action) => [
    allow(role, action, task), deny(role, action, arnOfEcs('task/Another/0190af'), 'of another cluster'),
  ]);
}

/** Returns the use of the rule that Step Functions makes to get to know ends. */
function usesRule(role: string, name: string): Case[] {
  const arnOf = (rule: string) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${rule}`;
  return ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'].flatMap((action) => [
    allow(role, action, arnOf(name)), deny(role, action, arnOf('Another'), 'another rule'),
  ]);
}

/** Only the wrapper of a container reads results, and only those of its type. */
function readsResults({ deployment }: ProofApp, role: string, { taskManager, taskType, container }: LongProcessor): Case[] {
  const { resultBucket } = taskManager;
  if (!resultBucket) return [];
  const bucket = deployment.valueOf(resultBucket, resultBucket.bucketArn);
  const own = `${bucket}/tasks/${taskType}/0190-af/result-1.json`;
  const mayRead = container ? allow : (...args: Parameters<typeof allow>) => deny(args[0], args[1], args[2], 'not needed', args[3]);
  return [
    mayRead(role, 's3:GetObject', own, OVER_TLS),
    mayRead(role, 's3:ListBucket', bucket, OVER_TLS),
    deny(role, 's3:GetObject', `${bucket}/tasks/${taskType}.large/0190-af/result-1.json`, 'of a type with its own as a prefix', OVER_TLS),
    deny(role, 's3:PutObject', own, 'not needed', OVER_TLS),
  ];
}

function ofFunctions(app: ProofApp, work: LongProcessor): Case[] {
  const { processor, taskManager, taskType } = work;
  const [starter, stopper, reporter] = [processor.starter, processor.stopper, processor.reporter].map((handler) => app.role(handler));
  const { wrapper, machine } = deployed(app, work);
  const bus = app.deployment.valueOf(taskManager, taskManager.eventBus.eventBusArn);
  return [
    ...[starter, stopper].flatMap((role) => stopsWork(app, role, work)),
    allow(starter, 'states:StartExecution', wrapper),
    deny(starter, 'states:StartExecution', `${wrapper}Another`, 'another wrapper'),
    ...(machine ? [starter, stopper].map((role) => deny(role, 'states:StartExecution', machine, 'without its wrapper')) : []),
    ...reports(app, starter, taskManager, taskType),
    ...asks(app, starter, taskManager.statusReader),
    ...resultUploads(app, starter, taskManager, taskType),
    deny(stopper, 'states:StartExecution', wrapper, 'not needed'),
    deny(stopper, 'events:PutEvents', bus, 'not needed', {
      'events:source': [processorSource(taskManager.eventSource, taskType)], 'events:detail-type': [EVENT.UPDATED],
    }),
    ...asks(app, stopper, undefined),
    ...reports(app, reporter, taskManager, taskType),
    ...asks(app, reporter, undefined),
  ];
}

function stopsWork(app: ProofApp, role: string, work: LongProcessor): Case[] {
  const { wrapperExecution, nestedExecution, cluster, task } = deployed(app, work);
  const another = arnOfStates('execution:Another:0190af');
  return [
    ...['states:DescribeExecution', 'states:StopExecution', ...(task ? ['states:GetExecutionHistory'] : [])].flatMap((action) => [
      allow(role, action, wrapperExecution), deny(role, action, another, 'of another state machine'),
    ]),
    ...(nestedExecution ? [
      ...['states:DescribeExecution', 'states:StopExecution'].map((action) => allow(role, action, nestedExecution)),
      ...[wrapperExecution, nestedExecution].map((execution) => deny(role, 'states:GetExecutionHistory', execution, 'not needed')),
    ] : []),
    ...(task ? [
      ...stopsContainers(role, task),
      allow(role, 'ecs:ListTasks', arnOfEcs('container-instance/Any/0190af'), { 'ecs:cluster': cluster! }),
      deny(role, 'ecs:ListTasks', arnOfEcs('container-instance/Any/0190af'), 'of another cluster', { 'ecs:cluster': `${cluster}Another` }),
      deny(role, 'ecs:RunTask', arnOfEcs('task-definition/Any:1'), 'not needed', { 'ecs:cluster': cluster! }),
    ] : []),
  ];
}

/** Returns what the role of the user's state machine or container gets. */
function ofWork(app: ProofApp, work: LongProcessor): Case[] {
  const { taskManager, taskType, stateMachine, container } = work;
  const role = app.role({ role: stateMachine?.role ?? container!.taskDefinition.taskRole });
  const { wrapper, wrapperExecution } = deployed(app, work);
  return [
    ...reports(app, role, taskManager, taskType),
    ...asks(app, role, container && taskManager.statusReader),
    ...resultUploads(app, role, taskManager, taskType, ['s3:DeleteObject']),
    ...readsPayloads(app, role, work),
    deny(role, 'states:StartExecution', wrapper, 'its own wrapper'),
    deny(role, 'states:StopExecution', wrapperExecution, 'its own wrapper'),
  ];
}

function readsPayloads({ deployment }: ProofApp, role: string, { taskManager: { resultBucket }, taskType }: LongProcessor): Case[] {
  if (!resultBucket) return [];
  const bucket = deployment.valueOf(resultBucket, resultBucket.bucketArn);
  const keyOf = (type: string) => `${bucket}/tasks/${type}/0190-af/payload-1.json`;
  return [
    allow(role, 's3:GetObject', keyOf(taskType), OVER_TLS),
    deny(role, 's3:GetObject', keyOf('video'), 'of another type', OVER_TLS),
    deny(role, 's3:GetObject', keyOf(`${taskType}.large`), 'of a type with its own as a prefix', OVER_TLS),
    deny(role, 's3:ListBucket', bucket, 'not needed', OVER_TLS),
  ];
}
