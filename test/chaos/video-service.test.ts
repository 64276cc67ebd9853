/** The app of examples/workflow on the local engine, with IAM on. */
import { App } from 'aws-cdk-lib';
import { VideoService } from '../../examples/workflow/video-service';
import { TaskManager } from '../../src';
import { observe } from '../support/deployed-app';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

let target: Target;
let tasks: DeployedTaskManager;

beforeAll(async () => {
  const outdir = temporaryDirectory('video-service');
  const app = new App({ outdir });
  const service = new VideoService(app, 'VideoService');
  observe(service, 'Tasks', service.node.findChild('Tasks') as TaskManager);
  app.synth();
  target = await deployToTarget(outdir, 'VideoService');
  tasks = new DeployedTaskManager(target, 'Tasks');
});

afterAll(() => target?.release());

test('a task encodes a video, with progress', async () => {
  const { taskId } = await tasks.create('video', { title: 'A day in Lisbon', seconds: 2 });
  expect(await tasks.untilEnded(taskId)).toMatchObject({
    status: 'SUCCESSFUL', result: { title: 'A day in Lisbon', scenes: [1, 2, 3, 4] }, progress: { percent: 80 },
  });
});

test('a task without a video fails', async () => {
  const { taskId } = await tasks.create('video', { title: 7 });
  expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'FAILED', error: { code: 'UnknownVideo' } });
});
