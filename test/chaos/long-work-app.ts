import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { buildSync } from 'esbuild';
import { ContainerTaskProcessor, StateMachineTaskProcessor, TaskManager, TaskReports, TaskResults } from '../../src';
import { observe, UNTHROTTLED } from '../support/deployed-app';

export const STACK = 'LongWork';

/** What the test tells the state machine to do. */
export interface Script {
  /** How long it waits. */
  readonly seconds?: number;
  /** Its error. */
  readonly fails?: string;
  /** Its output. */
  readonly returns?: unknown;
  readonly text?: string;
  readonly returnsTrace?: true;
}

/** What the test tells the container to do. */
export interface RenderScript {
  readonly seconds?: number;
  /** Code of its TaskFailure. */
  readonly fails?: string;
  /** Message of the error that it throws. */
  readonly throws?: string;
  /** Code with which it exits without a word. */
  readonly exits?: number;
  /** Text that it uploads. */
  readonly uploads?: string;
  readonly returns?: unknown;
  readonly text?: string;
  readonly returnsTrace?: true;
}

/**
 * Synthesizes a TaskManager with a workflow and a container as processors. The container runs `renderer.ts`, unless it has another
 * command.
 */
export function synthesize(outdir: string, container: Partial<ecs.ContainerDefinitionOptions> = {}): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', {
    ...UNTHROTTLED,
    removalPolicy: RemovalPolicy.DESTROY,
    resultBucket: TaskResults.bucket(),
    maxRequestSize: Size.kibibytes(384),
  });
  observe(stack, 'Tasks', taskManager);
  const stateMachine = workflow(stack);
  const video = new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine });
  const { cluster, taskDefinition } = farm(stack, { ...container, command: container.command ?? renderer(outdir) });
  const render = new ContainerTaskProcessor(stack, 'Render', {
    taskManager, taskType: 'render', cluster, taskDefinition, assignPublicIp: true,
  });
  new CfnOutput(stack, 'Workflow', { value: stateMachine.stateMachineArn });
  new CfnOutput(stack, 'Cluster', { value: cluster.clusterName });
  output(stack, 'Video', video);
  output(stack, 'Render', render);
  app.synth();
}

function output(stack: Stack, id: string, processor: StateMachineTaskProcessor | ContainerTaskProcessor): void {
  const values = {
    Wrapper: processor.wrapper.stateMachineArn,
    Starter: processor.starter.functionName,
    Stopper: processor.stopper.functionName,
    StartQueue: processor.queue.queueUrl,
    StartDeadLetters: processor.deadLetterQueue.queueUrl,
    StopQueue: processor.stopQueue.queueUrl,
    StopDeadLetters: processor.stopDeadLetterQueue.queueUrl,
  };
  for (const [name, value] of Object.entries(values)) new CfnOutput(stack, `${id}${name}`, { value });
}

/** A container whose command runs on this machine. */
function farm(stack: Stack, container: Partial<ecs.ContainerDefinitionOptions>) {
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Renderer');
  taskDefinition.addContainer('main', { image: ecs.ContainerImage.fromRegistry('node'), ...container });
  return { cluster: new ecs.Cluster(stack, 'Farm', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 }) }), taskDefinition };
}

/** Bundles `renderer.ts`. Returns its command. */
function renderer(outdir: string): string[] {
  const program = path.join(outdir, 'renderer.js');
  buildSync({ entryPoints: [path.join(__dirname, 'renderer.ts')], bundle: true, platform: 'node', target: 'node20', outfile: program });
  return ['node', program];
}

/** A workflow with JSONPath, as most are. */
function workflow(stack: Stack): sfn.StateMachine {
  const wait = new sfn.Wait(stack, 'Encode', { time: sfn.WaitTime.secondsPath('$.payload.seconds') });
  const end = new sfn.Choice(stack, 'How does it end?')
    .when(sfn.Condition.isPresent('$.payload.fails'), new sfn.Fail(stack, 'Failed', { errorPath: '$.payload.fails', cause: 'the film is silent' }))
    .when(sfn.Condition.isPresent('$.payload.returns'), new sfn.Pass(stack, 'Done', { outputPath: '$.payload.returns' }))
    .when(sfn.Condition.isPresent('$.payload.returnsTrace'), new sfn.Pass(stack, 'Traced', {
      parameters: { 'traceparent.$': '$.traceparent', 'tracestate.$': '$.tracestate' },
    }))
    .otherwise(new sfn.Pass(stack, 'Described', { parameters: { 'payloadObject.$': '$.payloadObject', 'taskId.$': '$.taskId' } }));
  const start = new sfn.Choice(stack, 'Is the payload elsewhere?')
    .when(sfn.Condition.isPresent('$.payload.seconds'), TaskReports.progress(stack, 'Progress', { percent: 50, message: 'encoding' }).next(wait).next(end))
    .otherwise(end);
  return new sfn.StateMachine(stack, 'Encoder', { definitionBody: sfn.DefinitionBody.fromChainable(start), timeout: Duration.hours(1) });
}
