import { App, CfnOutput, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StateMachineTaskProcessor, TaskManager, TaskReports, TaskResults } from '../../src';
import { observe } from '../support/deployed-app';

export const STACK = 'LongWork';

/** What the state machine of the test is told to do. */
export interface Script {
  /** How long it waits. */
  readonly seconds?: number;
  /** Its error. */
  readonly fails?: string;
  /** Its output. */
  readonly returns?: unknown;
  readonly text?: string;
}

/** Synthesizes a TaskManager with a workflow. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', {
    removalPolicy: RemovalPolicy.DESTROY, resultBucket: TaskResults.bucket(), maxRequestSize: Size.kibibytes(384),
  });
  observe(stack, 'Tasks', taskManager);
  const stateMachine = workflow(stack);
  const processor = new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine });
  new CfnOutput(stack, 'Workflow', { value: stateMachine.stateMachineArn });
  new CfnOutput(stack, 'Wrapper', { value: processor.wrapper.stateMachineArn });
  new CfnOutput(stack, 'StopDeadLetters', { value: processor.stopDeadLetterQueue.queueUrl });
  app.synth();
}

/** A workflow with JSONPath, as most are. */
function workflow(stack: Stack): sfn.StateMachine {
  const wait = new sfn.Wait(stack, 'Encode', { time: sfn.WaitTime.secondsPath('$.payload.seconds') });
  const end = new sfn.Choice(stack, 'How does it end?')
    .when(sfn.Condition.isPresent('$.payload.fails'), new sfn.Fail(stack, 'Failed', { errorPath: '$.payload.fails', cause: 'the film is silent' }))
    .when(sfn.Condition.isPresent('$.payload.returns'), new sfn.Pass(stack, 'Done', { outputPath: '$.payload.returns' }))
    .otherwise(new sfn.Pass(stack, 'Described', { parameters: { 'payloadObject.$': '$.payloadObject', 'taskId.$': '$.taskId' } }));
  const start = new sfn.Choice(stack, 'Is the payload elsewhere?')
    .when(sfn.Condition.isPresent('$.payload.seconds'), TaskReports.progress(stack, 'Progress', { percent: 50, message: 'encoding' }).next(wait).next(end))
    .otherwise(end);
  return new sfn.StateMachine(stack, 'Encoder', { definitionBody: sfn.DefinitionBody.fromChainable(start), timeout: Duration.hours(1) });
}
