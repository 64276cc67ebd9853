/** The command line as users run it, with the deployed template on the local engine. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { OWNER_HEADER, STACK, synthesize, TOKEN } from './app';
import { DeadLetter, DeadLetterQueueState, RedriveResult } from '../../../cli/src/protocol';
import { Task, TaskSummary } from '../../../client/src';
import { assumeRole } from '../../support/assume-role';
import { eventually } from '../../support/eventually';
import { ended, Program } from '../../support/program';
import { Credentials, deployToTarget, Target } from '../../support/target';
import { temporaryDirectory } from '../../support/temporary-directory';

jest.setTimeout(120_000);

const TASKS = ['--stack', STACK, '--task-manager', 'Tasks'];
const OWNED = ['--stack', STACK, '--task-manager', 'Owned'];

let target: Target;
let credentials: Credentials;
let program: Program;
let sqs: SQSClient;

beforeAll(async () => {
  const assembly = temporaryDirectory('cli');
  synthesize(assembly);
  target = await deployToTarget(assembly, STACK);
  const { region, sdkClientConfig } = target;
  sqs = new SQSClient(sdkClientConfig);
  // With the permissions of a role, and no others.
  credentials = await assumeRole({ url: sdkClientConfig.endpoint!, credentials: target.credentials, region }, target.output('SupportRole'));
  program = new Program({
    AWS_ENDPOINT_URL: sdkClientConfig.endpoint!,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken!,
  });
});

afterAll(() => target?.release());

async function create(type: string, ...parameters: string[]): Promise<Task> {
  return program.json('create', type, ...TASKS, ...parameters);
}

async function report(taskId: string, detail: object): Promise<void> {
  await new EventBridgeClient(target.sdkClientConfig).send(new PutEventsCommand({
    Entries: [{
      EventBusName: target.output('TasksTaskManagerEventBus'),
      Source: `${target.output('EventSource')}.processor.scan`,
      DetailType: 'TaskUpdatedEvent',
      Detail: JSON.stringify({ taskId, ...detail }),
    }],
  }));
}

describe('create, get, list and cancel', () => {
  test('a task is created, waited for and read, and the exit code says that it is successful', async () => {
    const created = await program.run(['create', 'print', ...TASKS, '--payload', '{"pages":3}', '--wait']);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.stdout).toMatch(/100 % {2}✔ SUCCESSFUL {2}[0-9a-f-]{36,64}\n$/);

    const taskId = /[0-9a-f-]{36,64}/.exec(created.stdout)![0];
    const { code, stdout } = await program.run(['get', taskId, ...TASKS]);
    expect(code).toBe(0);
    expect(stdout).toContain(taskId);
    expect(stdout).toMatch(/result +\{\n +"printed": 3\n/);
    expect(await program.json<Task>('get', taskId, ...TASKS)).toMatchObject({ taskId, result: { printed: 3 }, payload: { pages: 3 } });
  });

  test('the exit code says that a task has failed or is cancelled', async () => {
    const failed = await program.run(['create', 'print', ...TASKS, '--payload', '{"fail":true}', '--wait']);
    expect(failed).toMatchObject({ code: 3 });
    expect(failed.stdout).toContain('✖ FAILED');
    expect(failed.stdout).toContain('the printer is on fire');
    const taskId = /[0-9a-f-]{36,64}/.exec(failed.stdout)![0];
    expect(await program.run(['get', taskId, ...TASKS])).toMatchObject({ code: 3 });
    const refused = await program.run(['cancel', taskId, ...TASKS]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('409');

    const { taskId: open } = await create('scan');
    expect(await program.run(['cancel', open, ...TASKS])).toMatchObject({ code: 0, stderr: '' });
    expect(await program.run(['get', open, ...TASKS])).toMatchObject({ code: 4 });
  });

  test('a payload comes from an argument, a file or standard input, and anything that is not JSON is refused', async () => {
    const file = path.join(temporaryDirectory('payload'), 'payload.json');
    writeFileSync(file, '{"from":"file"}');
    expect((await create('scan', '--payload-file', file)).payload).toEqual({ from: 'file' });
    const { stdout } = await program.run(['create', 'scan', ...TASKS, '--payload-file', '-', '--output', 'json'], '{"from":"stdin"}');
    expect(JSON.parse(stdout).payload).toEqual({ from: 'stdin' });

    const wrong = await program.run(['create', 'scan', ...TASKS, '--payload', '{from']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('--payload must be JSON');
    expect(await program.run(['create', 'scan', ...TASKS, '--payload-file', '/nowhere/x.json'])).toMatchObject({ code: 2 });
  });

  test('the same idempotency key gives the same task', async () => {
    const key = randomUUID();
    const first = await create('scan', '--idempotency-key', key);
    expect((await create('scan', '--idempotency-key', key)).taskId).toBe(first.taskId);
  });

  test('a refused request says what is wrong and where', async () => {
    const { code, stderr } = await program.run(['create', 'no such type', ...TASKS]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the API answered 4\d\d: .*\n {2}#\/type: /);
    const unknown = await program.run(['get', randomUUID(), ...TASKS]);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('404');
  });

  test('tasks are listed by status, type and age, over several pages', async () => {
    for (let i = 0; i < 3; i++) await create('copy');
    const all = await program.json<TaskSummary[]>('list', ...TASKS, '--type', 'copy', '--all');
    expect(all).toHaveLength(3);
    expect(await program.json<TaskSummary[]>('list', ...TASKS, '--type', 'copy', '--status', 'pending,running', '--limit', '2')).toEqual(all.slice(0, 2));
    expect(await program.json<TaskSummary[]>('list', ...TASKS, '--type', 'copy', '--status', 'failed')).toEqual([]);
    expect(await program.json<TaskSummary[]>('list', ...TASKS, '--type', 'copy', '--age', '1h')).toEqual(all);

    const { stdout, stderr } = await program.run(['list', ...TASKS, '--type', 'copy', '--limit', '2']);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stdout).toMatch(/^TASK +TYPE +STATUS +CREATED/);
    expect(stderr).toContain('There are more');
  });
});

describe('watch', () => {
  test('shows each change of a task until its end', async () => {
    const { taskId } = await create('scan');
    const child = program.start('watch', taskId, ...TASKS);
    const outcome = ended(child);
    const lines = createInterface({ input: child.stdout! });
    const next = async (): Promise<string> => (await once(lines, 'line'))[0];
    expect(await next()).toContain('  0 %  ○ PENDING');
    const half = next();
    await report(taskId, { status: 'RUNNING', sequence: 1, progress: { percent: 50, message: 'half \u001b[2Jdone' } });
    expect(await half).toMatch(/█{15}░{15} {2}50 % {2}◐ RUNNING {2}half ·\[2Jdone/);
    await report(taskId, { status: 'SUCCESSFUL' });
    expect(await outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('shows all tasks until Ctrl-C', async () => {
    const child = program.start('watch', ...TASKS, '--output', 'json');
    const outcome = ended(child);
    const lines = createInterface({ input: child.stdout! });
    const seen: TaskSummary[] = [];
    lines.on('line', (line) => seen.push(JSON.parse(line)));
    await once(lines, 'line');
    const { taskId } = await create('scan');
    await report(taskId, { status: 'FAILED', error: { code: 'Jam', message: 'paper jam' } });
    await eventually('the failure is shown', async () => seen.find((task) => task.taskId === taskId && task.status === 'FAILED'));
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130, stderr: '' });
  });
});

describe('who calls', () => {
  test('an owner sees only their own tasks, also in live updates', async () => {
    const { taskId } = await program.json<Task>('create', 'scan', ...OWNED, '--owner', 'ada');
    expect(await program.json<TaskSummary[]>('list', ...OWNED, '--owner', 'ada')).toHaveLength(1);
    expect(await program.json<TaskSummary[]>('list', ...OWNED, '--owner', 'bob')).toEqual([]);
    expect(await program.run(['get', taskId, ...OWNED, '--owner', 'bob'])).toMatchObject({ code: 1 });
    const child = program.start('watch', taskId, ...OWNED, '--owner', 'ada', '--output', 'json');
    const outcome = ended(child);
    await once(child.stdout!, 'data');
    await program.run(['cancel', taskId, ...OWNED, '--owner', 'ada']);
    expect(await outcome).toMatchObject({ code: 4 });
  });

  test('an owner by URL needs the name of the header', async () => {
    const url = ['--url', target.apiUrl('OwnedTaskManagerApiUrl')];
    const { code, stderr } = await program.run(['list', ...url, '--owner', 'ada']);
    expect(code).toBe(2);
    expect(stderr).toContain('--owner-header');
    expect(await program.run(['list', ...url, '--owner', 'ada', '--owner-header', OWNER_HEADER])).toMatchObject({ code: 0 });
  });

  test('the value of a header comes from the environment or standard input', async () => {
    const guarded = ['--stack', STACK, '--task-manager', 'Guarded'];
    const asked = await program.run(['list', ...guarded]);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain("the API has the authorization 'authorizer'");
    const header = [...guarded, '--header', 'Authorization'];
    expect(await program.with({ TASK_MANAGER_HEADER_VALUE: TOKEN }).run(['list', ...header])).toMatchObject({ code: 0, stdout: 'no tasks\n' });
    expect(await program.run(['list', ...header], `${TOKEN}\n`)).toMatchObject({ code: 0, stdout: 'no tasks\n' });
    expect(await program.run(['list', ...header], 'Bearer wrong\n')).toMatchObject({ code: 1 });
    const missing = await program.run(['list', ...header]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('TASK_MANAGER_HEADER_VALUE');
  });

  test('an API without authorization needs no credentials', async () => {
    const anybody = new Program({});
    expect(await anybody.run(['list', '--url', target.apiUrl('OpenTaskManagerApiUrl'), '--auth', 'none'])).toMatchObject({ code: 0 });
  });

  test('missing credentials and a missing region are said at once', async () => {
    const anybody = new Program({ AWS_EC2_METADATA_DISABLED: 'true' });
    const { code, stderr } = await anybody.run(['list', '--url', 'https://example.com/']);
    expect(code).toBe(1);
    expect(stderr).toContain('there are no usable AWS credentials');
    const noRegion = await anybody.with({ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' }).run(['list', '--stack', STACK]);
    expect(noRegion.code).toBe(2);
    expect(noRegion.stderr).toContain('--region');
  });

  test('a stack that does not exist is said with its region', async () => {
    const { accessKeyId, secretAccessKey } = target.credentials;
    const administrator = program.with({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: '' });
    expect(await administrator.run(['list', '--stack', 'Nope']))
      .toMatchObject({ code: 1, stderr: `error: there is no stack Nope in the region ${target.region} of the account\n` });
  });

  test('a profile has credentials and a region', async () => {
    const home = temporaryDirectory('aws');
    writeFileSync(path.join(home, 'config'), [
      '[profile ops]',
      `region = ${target.region}`,
      `aws_access_key_id = ${credentials.accessKeyId}`,
      `aws_secret_access_key = ${credentials.secretAccessKey}`,
      `aws_session_token = ${credentials.sessionToken}`,
    ].join('\n'));
    const anybody = new Program({ AWS_ENDPOINT_URL: target.sdkClientConfig.endpoint!, AWS_CONFIG_FILE: path.join(home, 'config') });
    expect(await anybody.run(['list', ...TASKS, '--profile', 'ops'])).toMatchObject({ code: 0 });
    expect(await anybody.with({ AWS_PROFILE: 'ops' }).run(['list', ...TASKS])).toMatchObject({ code: 0 });
    expect(await anybody.run(['list', ...TASKS, '--profile', 'nobody', '--region', target.region])).toMatchObject({ code: 1 });
  });
});

describe('which TaskManager', () => {
  test('the name of one is needed if the stack has several', async () => {
    const { code, stderr } = await program.run(['list', '--stack', STACK]);
    expect(code).toBe(2);
    expect(stderr).toContain("pass --task-manager with one of 'Guarded', 'Open', 'Owned', 'Tasks'");
    expect(await program.run(['list', '--stack', STACK, '--task-manager', 'Other'])).toMatchObject({ code: 2 });
    expect(await program.run(['list', '--stack', 'NoSuchStack'])).toMatchObject({ code: 1 });
  });

  test('the environment names one, and an argument replaces it', async () => {
    const configured = program.with({ TASK_MANAGER_STACK: STACK, TASK_MANAGER_NAME: 'Tasks' });
    expect(await configured.run(['list'])).toMatchObject({ code: 0 });
    expect(await configured.run(['list', '--url', target.apiUrl('OwnedTaskManagerApiUrl')])).toMatchObject({ code: 1 });
    expect(await program.with({ TASK_MANAGER_URL: target.apiUrl('TasksTaskManagerApiUrl') }).run(['list'])).toMatchObject({ code: 0 });
  });
});

describe('dead letters', () => {
  const send = async (output: string, body: object | string, attributes: Record<string, string> = {}) => {
    await sqs.send(new SendMessageCommand({
      QueueUrl: target.output(`TasksTaskManager${output}`),
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      MessageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }])),
    }));
  };
  const messagesIn = async (queue: string) => {
    const queues = await program.json<DeadLetterQueueState[]>('dead-letters', 'list', ...TASKS);
    return queues.find(({ name }) => name === queue)!.messages;
  };

  test('a report is moved back to the updater, and written', async () => {
    const { taskId } = await create('scan');
    await send('StatusUpdaterDeadLetterQueue', {
      'source': `${target.output('EventSource')}.processor.scan`,
      'detail-type': 'TaskUpdatedEvent',
      'detail': { taskId, status: 'SUCCESSFUL', result: 'from the dead' },
    });
    expect(await messagesIn('updater')).toBe(1);
    const [letter] = await program.json<DeadLetter[]>('dead-letters', 'show', 'updater', ...TASKS);
    expect(letter).toMatchObject({ taskId, taskType: 'scan', status: 'SUCCESSFUL', detailType: 'TaskUpdatedEvent' });
    expect(await messagesIn('updater')).toBe(1);

    const { code, stdout } = await program.run(['dead-letters', 'redrive', 'updater', ...TASKS]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1 message redriven, 0 left\n' });
    expect(await messagesIn('updater')).toBe(0);
    const task = await eventually('the task ends', async () => {
      const found = JSON.parse((await program.run(['get', taskId, ...TASKS, '--output', 'json'])).stdout);
      return found.status === 'SUCCESSFUL' ? found : undefined;
    });
    expect(task.result).toBe('from the dead');
  });

  test('a change is handed back to the publisher, which publishes it, and what is no change is left', async () => {
    const { taskId } = await create('scan');
    await untilObserved(taskId);
    const { Item } = await new DynamoDBClient(target.sdkClientConfig).send(new GetItemCommand({
      TableName: target.output('Table'), Key: { taskId: { S: taskId }, item: { S: 'task' } },
    }));
    await send('StatusPublisherDeadLetterQueue', {
      eventID: randomUUID(),
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: { NewImage: Item, SequenceNumber: '1', ApproximateCreationDateTime: Math.floor(Date.now() / 1000) },
    });
    await send('StatusPublisherDeadLetterQueue', { DDBStreamBatchInfo: { shardId: 'shardId-1' } });
    const letters = await program.json<DeadLetter[]>('dead-letters', 'show', 'publisher', ...TASKS);
    expect(letters.map((letter) => letter.taskId)).toEqual(expect.arrayContaining([taskId, undefined]));

    const { code, stdout } = await program.run(['dead-letters', 'redrive', 'publisher', ...TASKS, '--output', 'json']);
    expect(code).toBe(5);
    expect(JSON.parse(stdout) as RedriveResult).toEqual({
      queue: 'publisher', redriven: 1, left: [{ messageId: expect.any(String), reason: 'it has metadata of records, but no record' }],
    });
    await untilObserved(taskId);
    expect(await messagesIn('publisher')).toBe(1);
  });

  test('a table shows the queues and their messages', async () => {
    await send('UndeliveredDeadLetterQueue', 'not JSON', { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'the function refuses' });
    const list = await program.run(['dead-letters', 'list', ...TASKS]);
    expect(list.stdout).toMatch(/^QUEUE +MESSAGES +WHAT THEY ARE\npublisher .*\nupdater .*\nundelivered +1 /);
    expect(list.stdout).toContain('runbook.md#messages-in-undelivereddeadletterqueue');
    const show = await program.run(['dead-letters', 'show', 'undelivered', ...TASKS]);
    expect(show.stdout).toContain('NO_PERMISSIONS: the function refuses');
  });

  test('queues need a stack, and must exist', async () => {
    const noStack = await program.run(['dead-letters', 'list', '--url', target.apiUrl('TasksTaskManagerApiUrl')]);
    expect(noStack.code).toBe(2);
    expect(noStack.stderr).toContain('--stack');
    const noQueue = await program.run(['dead-letters', 'redrive', 'event-bus', ...TASKS]);
    expect(noQueue.code).toBe(2);
    expect(noQueue.stderr).toContain("the TaskManager has no dead-letter queue 'event-bus'");
  });

  /** Waits for the next event of the task, and takes it from the queue. */
  const untilObserved = (taskId: string) => eventually(`the event of ${taskId}`, async () => {
    const QueueUrl = target.output('ObservedQueue');
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    return Messages.find(({ Body }) => Body!.includes(taskId));
  });
});

describe('the shell', () => {
  test.each(['bash', 'zsh', 'fish'])('%s gets a script for completion', async (shell) => {
    const { code, stdout } = await program.run(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('task-manager __complete');
  });

  test.each([
    [['dead-letters', ''], ['list', 'show', 'redrive']],
    [['list', '--output', ''], ['table', 'json']],
    [['dead-letters', 'redrive', 'u'], ['updater', 'undelivered']],
    [['list', '--sta'], ['--status', '--stack']],
    [['compl'], ['completion']],
  ])('%j is completed', async (words, completions) => {
    expect((await program.run(['__complete', ...words])).stdout.trim().split('\n')).toEqual(completions);
  });

  test('wrong usage is code 2, and help and version are 0', async () => {
    for (const parameters of [['lst'], ['get'], ['list', '--limit', '0'], ['list', '--output', 'xml'], ['list', '--age', '3'], ['list', '--status', 'DONE']]) {
      expect(await program.run(parameters)).toMatchObject({ code: 2, stdout: '' });
    }
    expect(await program.run(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect(await program.run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
