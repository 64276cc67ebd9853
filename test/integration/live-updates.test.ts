/** Live updates: a WebSocket client sees a deployed task change. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { TaskLiveUpdates, TaskManager } from '../../src';
import { observe } from '../support/deployed-app';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { LiveSocket, openSocket, presigned, refusal, signedHeaders } from '../support/live-socket';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

const STACK = 'LiveUpdates';

let target: Target;
let tasks: DeployedTaskManager;
let url: string;
const sockets: LiveSocket[] = [];

beforeAll(async () => {
  const outdir = temporaryDirectory('live-updates');
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY });
  observe(stack, 'Tasks', taskManager);
  const live = new TaskLiveUpdates(stack, 'Live', { taskManager });
  new CfnOutput(stack, 'LiveUrl', { value: live.url });
  app.synth();
  target = await deployToTarget(outdir, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
  url = target.apiUrl('LiveUrl');
});

afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await target?.release();
});

async function connect(): Promise<LiveSocket> {
  const socket = await openSocket(await presigned(url, target.credentials, target.region), { protocols: ['cdk-task-manager'] });
  sockets.push(socket);
  return socket;
}

const untilVersion = (socket: LiveSocket, taskId: string, version: number) =>
  socket.next((message) => message.taskId === taskId && message.version >= version);

test('a client that watches a task gets its state at once, and each change, progress included', async () => {
  const { taskId, createdAt } = await tasks.create('export', {});
  const socket = await connect();
  expect(socket.socket.protocol).toBe('cdk-task-manager');
  socket.send({ action: 'watch', taskId });
  expect(await socket.next()).toEqual({ taskId, createdAt, version: 1, status: 'PENDING' });

  await tasks.report('export', { taskId, status: 'RUNNING', sequence: 1 });
  expect(await untilVersion(socket, taskId, 2)).toEqual({ taskId, createdAt, version: 2, status: 'RUNNING' });
  await tasks.report('export', { taskId, status: 'RUNNING', sequence: 2, progress: { percent: 40, message: 'rows' } });
  expect(await untilVersion(socket, taskId, 3)).toEqual({
    taskId, createdAt, version: 3, status: 'RUNNING', progress: { percent: 40, message: 'rows' },
  });
  await tasks.report('export', { taskId, status: 'SUCCESSFUL', result: 'secret' });
  const end = await untilVersion(socket, taskId, 4);
  expect(end).toMatchObject({ status: 'SUCCESSFUL' });
  expect(JSON.stringify(socket.messages)).not.toContain('secret');
});

test('a client that watches all tasks sees new ones', async () => {
  const socket = await connect();
  socket.send({ action: 'watchAll' });
  expect(await socket.next()).toEqual({ action: 'watchAll' });
  const { taskId } = await tasks.create('export', {});
  expect(await untilVersion(socket, taskId, 1)).toMatchObject({ version: 1, status: 'PENDING' });
  socket.send({ action: 'unwatchAll' });
  expect(await socket.next(({ action }) => action === 'unwatchAll')).toEqual({ action: 'unwatchAll' });
});

test('a client can sign the handshake in its headers, and needs a signature', async () => {
  const socket = await openSocket(url, { headers: await signedHeaders(url, target.credentials, target.region) });
  sockets.push(socket);
  socket.send({ action: 'ping' });
  expect(await socket.next()).toEqual({ action: 'ping' });
  expect(await refusal(url)).toBe(403);
});

test('a page can not connect from an origin that is not allowed', async () => {
  expect(await refusal(await presigned(url, target.credentials, target.region), { headers: { Origin: 'https://evil.example' } })).toBe(403);
});

test('a malformed message gets an error, and the connection goes on', async () => {
  const socket = await connect();
  for (const message of ['{', { action: 'fly' }, { action: 'watch', taskId: 'unknown' }]) {
    socket.send(message);
    expect(await socket.next()).toEqual(expect.objectContaining({ error: expect.objectContaining({ code: expect.stringMatching(/^(InvalidMessage|NoSuchTask)$/) }) }));
  }
  socket.send({ action: 'ping' });
  expect(await socket.next()).toEqual({ action: 'ping' });
});
