/** Results of any size: from the processor's object to the download, with IAM on. */
import * as path from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Script } from './results.lambda';
import { TaskClient } from '../../client/src';
import { signingTaskClient } from '../../local/engine/signing-task-client';
import { TaskManager, TaskProcessor, TaskResults } from '../../src';
import { bundleFunction, nodeFunction, observe } from '../support/deployed-app';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

const STACK = 'Results';

let target: Target;
let tasks: DeployedTaskManager;
let client: TaskClient;

beforeAll(async () => {
  const outdir = temporaryDirectory('results');
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY, resultBucket: TaskResults.bucket() });
  const handler = nodeFunction(stack, 'Exporter', bundleFunction(path.join(__dirname, 'results.lambda.ts'), outdir), Duration.minutes(1));
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler });
  observe(stack, 'Tasks', taskManager);
  app.synth();

  target = await deployToTarget(outdir, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
  client = signingTaskClient(target, target.apiUrl('TasksApiUrl'));
});

afterAll(() => target?.release());

async function end(script: Script) {
  const { taskId } = await tasks.create('export', script);
  return tasks.untilEnded(taskId);
}

test('a task with a result object has a URL that downloads it as an attachment', async () => {
  const task = await end({ body: 'id,name\n1,Ädä\n', contentType: 'text/csv; charset=utf-8', fileName: 'März.csv' });
  expect(task).toMatchObject({ status: 'SUCCESSFUL', resultUrl: expect.any(String), resultUrlExpiresAt: expect.any(String) });
  const download = await fetch(String(task.resultUrl));
  expect(download.status).toBe(200);
  expect(download.headers.get('Content-Disposition')).toBe('attachment; filename="M_rz.csv"; filename*=UTF-8\'\'M%C3%A4rz.csv');
  expect(download.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
  expect(await download.text()).toBe('id,name\n1,Ädä\n');
});

test('the client downloads a result', async () => {
  const { taskId } = await end({ body: 'a,b' });
  expect(await (await client.downloadResult(taskId)).text()).toBe('a,b');
});

test('the event of the end names the object, and lists have no URL', async () => {
  const { taskId } = await end({ body: 'a,b', fileName: 'a.csv' });
  const [created, ...events] = await tasks.untilObserved(taskId, 'TaskSuccessfulEvent');
  expect(created.detail.reportTo).toMatchObject({ resultBucketName: expect.any(String) });
  expect(events.at(-1)!.detail.resultObject).toEqual({ key: `tasks/export/${taskId}/result`, fileName: 'a.csv' });
  const { tasks: listed } = await client.list();
  expect(listed.find((task) => task.taskId === taskId)).not.toHaveProperty('resultUrl');
});

test.each(['tasks/report/x/result', 'tasks/exports/x/result', 'elsewhere'])('a processor can\'t put an object at %s', async (putKey) => {
  expect(await end({ body: 'a,b', putKey })).toMatchObject({ status: 'FAILED', error: { code: 'AccessDenied' } });
});

test('a task can\'t name the object of another task', async () => {
  const other = await end({ body: 'secret' });
  const task = await end({ body: 'a,b', reportKey: `tasks/export/${other.taskId}/result` });
  expect(task).toMatchObject({ status: 'FAILED', error: { code: 'InvalidResult' } });
  expect(task).not.toHaveProperty('resultUrl');
});

test('a URL downloads nothing but its own object', async () => {
  const other = await end({ body: 'secret' });
  const task = await end({ body: 'a,b' });
  const changed = String(task.resultUrl).replace(task.taskId, other.taskId);
  expect((await fetch(changed)).status).toBe(403);
});
