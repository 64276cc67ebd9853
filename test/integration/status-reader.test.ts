import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { STACK, synthesize } from './status-reader-app';
import { DeployedTaskManager, TaskView } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

let target: Target;
let tasks: DeployedTaskManager;

beforeAll(async () => {
  const assembly = temporaryDirectory('status-reader');
  synthesize(assembly);
  target = await deployToTarget(assembly, STACK);
  tasks = new DeployedTaskManager(target, 'One');
});

afterAll(() => target?.release());

const questionOf = ({ taskId, type, createdAt }: TaskView) => ({ taskId, taskType: type, createdAt });

describe('a processor', () => {
  test('may ask the status reader of its TaskManager', async () => {
    const { taskId } = await tasks.create('ask', {});
    expect((await tasks.untilEnded(taskId)).result).toEqual({ status: 'PENDING' });
  });

  test('may not ask the status reader of another TaskManager', async () => {
    const { taskId } = await tasks.create('ask', { asked: target.output('OtherStatusReader') });
    expect((await tasks.untilEnded(taskId)).result).toEqual({ error: 'AccessDeniedException' });
  });

  test('that has only the permissions of grantUpdate() may ask, too', async () => {
    const { taskId } = await tasks.create('grant', {});
    const [created] = await tasks.untilObserved(taskId, 'TaskCreatedEvent');
    const lambda = new LambdaClient(target.sdkClientConfig);
    const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: target.output('GrantedFunction'), Payload: JSON.stringify(created) }));
    expect(FunctionError).toBeUndefined();
    expect((await tasks.untilEnded(taskId)).result).toEqual({ status: 'PENDING' });
  });
});

describe('the status reader', () => {
  test('answers with each status of a task', async () => {
    const task = await tasks.create('nobody', {});
    expect(await tasks.statusOf(questionOf(task))).toEqual({ status: 'PENDING' });
    await tasks.report('nobody', { taskId: task.taskId, status: 'RUNNING' });
    await tasks.untilStatus(task.taskId, 'RUNNING');
    expect(await tasks.statusOf(questionOf(task))).toEqual({ status: 'RUNNING' });
    expect((await tasks.request('POST', `tasks/${task.taskId}/cancel`)).status).toBe(200);
    expect(await tasks.statusOf(questionOf(task))).toEqual({ status: 'CANCELLED' });
  });

  test('ends an overdue task before it answers', async () => {
    const task = await tasks.create('nobody', {}, 1);
    await eventually('the answer FAILED', async () => (await tasks.statusOf(questionOf(task))).status === 'FAILED' || undefined);
    const item = (await tasks.items()).find(({ taskId }) => taskId.S === task.taskId);
    expect(item).toMatchObject({ status: { S: 'FAILED' }, error: { M: { code: { S: 'TaskTimeout' } } } });
  });

  test.each([
    ['an unknown id', { taskId: '00000000-0000-0000-0000-000000000000' }],
    ['another type', { taskType: 'export' }],
    ['another time of creation', { createdAt: '2026-01-01T00:00:00.000Z' }],
  ])('answers ENDED to a question with %s', async (_, other) => {
    const task = await tasks.create('nobody', {});
    expect(await tasks.statusOf({ ...questionOf(task), ...other })).toEqual({ status: 'ENDED' });
  });

  test('fails if a question is malformed, and names the invalid part', async () => {
    const { createdAt, ...question } = questionOf(await tasks.create('nobody', {}));
    await expect(tasks.statusOf(question)).rejects.toThrow('malformed request: invalid or missing: createdAt');
  });
});
