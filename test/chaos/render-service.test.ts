/**
 * The app of examples/container on the local engine, with IAM on. The engine runs the program of the image on this machine, and the state
 * machine around it by fixes (`local/engine/fixes`), so what passes here says nothing about ECS on AWS.
 */
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { App, CfnOutput } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Cluster } from 'aws-cdk-lib/aws-ecs';
import { RenderService } from '../../examples/container/render-service';
import { renderServiceWithoutImage } from '../../local/demo/render-service';
import { TaskManager } from '../../src';
import { observe } from '../support/deployed-app';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

let target: Target;
let tasks: DeployedTaskManager;

beforeAll(async () => {
  const outdir = temporaryDirectory('render-service');
  const app = new App({ outdir });
  const service = renderServiceWithoutImage(app);
  observe(service, 'Tasks', service.node.findChild('Tasks') as TaskManager);
  new CfnOutput(service, 'ClusterName', { value: (service.node.findChild('Cluster') as Cluster).clusterName });
  app.synth();
  target = await deployToTarget(outdir, 'RenderService');
  tasks = new DeployedTaskManager(target, 'Tasks');
});

afterAll(() => target?.release());

async function runningContainers(): Promise<string[]> {
  const ecs = new ECSClient(target.sdkClientConfig);
  return (await ecs.send(new ListTasksCommand({ cluster: target.output('ClusterName'), desiredStatus: 'RUNNING' }))).taskArns!;
}

test('the app has the image of its program', () => {
  const outdir = temporaryDirectory('render-service-image');
  const app = new App({ outdir });
  const service = new RenderService(app, 'RenderService');
  app.synth();
  const { dockerImages } = JSON.parse(readFileSync(path.join(outdir, 'RenderService.assets.json'), 'utf8'));
  const [{ source }] = Object.values<any>(dockerImages);
  expect(readdirSync(path.join(outdir, source.directory)).sort()).toEqual(['Dockerfile', 'render.py', 'requirements.txt']);
  Template.fromStack(service).resourceCountIs('AWS::StepFunctions::StateMachine', 1);
});

test('a task renders an image, with progress', async () => {
  const { taskId } = await tasks.create('render', { width: 120, height: 90 });
  const task = await tasks.untilEnded(taskId);
  expect(task).toMatchObject({ status: 'SUCCESSFUL', result: { width: 120, height: 90 }, progress: { message: expect.stringMatching(/^\d+ of 90 rows$/) } });
  const image = await fetch(String(task.resultUrl));
  expect(image.headers.get('Content-Type')).toBe('image/png');
  expect(Buffer.from(await image.arrayBuffer()).subarray(1, 4).toString()).toBe('PNG');
});

test('a task without a valid payload fails', async () => {
  const { taskId } = await tasks.create('render', { zoom: 0 });
  expect(await tasks.untilEnded(taskId)).toMatchObject({
    status: 'FAILED', error: { code: 'InvalidPayload', message: 'zoom must be a number from 0.5 to 1000000000000.0' },
  });
});

test('the container of a cancelled task stops', async () => {
  const { taskId } = await tasks.create('render', { iterations: 10_000 });
  await eventually('progress', async () => (await tasks.find(taskId)).progress);
  expect(await runningContainers()).toHaveLength(1);
  await tasks.request('POST', `tasks/${taskId}/cancel`);
  await eventually('the end of the container', async () => (await runningContainers()).length === 0 || undefined);
  expect(await tasks.find(taskId)).toMatchObject({ status: 'CANCELLED' });
});
