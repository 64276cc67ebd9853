import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DescribeTasksCommand, ECSClient, ListTasksCommand, RunTaskCommand, StopTaskCommand, Task } from '@aws-sdk/client-ecs';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerDefinitionOptions, ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { processesNaming, until } from './fixtures/processes';
import { allowManagedRule, aMachine, aTask, Executions, withMachines } from './fixtures/state-machines';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { eventually } from '../support/eventually';
import { temporaryDirectory } from '../support/temporary-directory';

// Tests our fixes of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const folder = temporaryDirectory('containers');
const SDK = (name: string) => JSON.stringify(require.resolve(`@aws-sdk/client-${name}`));

/** Runs until SIGTERM, which the code handles. */
const waiting = (file: string, onTerm: string) => `
  process.on('SIGTERM', () => { ${onTerm} });
  setInterval(() => {}, 1000);
  require('fs').writeFileSync('${join(folder, file)}', String(process.pid));`;

const ALL = ['rule', 'run', 'pass', 'describe', 'stop'] as const;

interface SceneOptions extends Partial<ContainerDefinitionOptions> {
  /** Fields of the state that runs the task. */
  readonly state?: object;

  /** Permissions of the state machine. */
  readonly allow?: readonly typeof ALL[number][];
}

/** Creates a cluster, a task definition with a container, and a state machine that runs it, with outputs. */
function aScene(stack: Stack, code: string | string[], options: SceneOptions = {}) {
  const { state, allow = ALL, ...more } = options;
  const cluster = new Cluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 }), enableFargateCapacityProviders: true });
  const definition = new FargateTaskDefinition(stack, 'Definition');
  const command = typeof code === 'string' ? ['node', '-e', code] : code;
  definition.addContainer('Main', { image: ContainerImage.fromRegistry('ignored'), command, ...more });
  const machine = aMachine(stack, 'Machine', aTask('ecs:runTask.sync', {
    Cluster: cluster.clusterArn,
    TaskDefinition: definition.taskDefinitionArn,
    CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: cluster.vpc.publicSubnets.map(({ subnetId }) => subnetId), AssignPublicIp: 'ENABLED' } },
    Overrides: { ContainerOverrides: [{ Name: 'Main', Environment: [{ Name: 'TASK_ID', Value: '{% $states.context.Execution.Name %}' }] }] },
  }, state));
  const allowed = (name: typeof ALL[number], actions: string[], resources: string[]) => {
    if (allow.includes(name)) machine.addToRolePolicy(new PolicyStatement({ actions, resources }));
  };
  if (allow.includes('rule')) allowManagedRule(machine, 'StepFunctionsGetEventsForECSTaskRule');
  const tasks = stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` });
  allowed('run', ['ecs:RunTask'], [definition.taskDefinitionArn]);
  allowed('pass', ['iam:PassRole'], [definition.taskRole.roleArn, definition.obtainExecutionRole().roleArn]);
  allowed('describe', ['ecs:DescribeTasks'], [tasks]);
  allowed('stop', ['ecs:StopTask'], [tasks]);
  new CfnOutput(stack, 'ClusterName', { value: cluster.clusterName });
  new CfnOutput(stack, 'DefinitionArn', { value: definition.taskDefinitionArn });
  return { definition, cluster };
}

class Tasks {
  public readonly client: ECSClient;

  constructor(engine: Engine, private readonly cluster: string) {
    this.client = new ECSClient(engine.sdkClientConfig);
  }

  public async arns(desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'): Promise<string[]> {
    return (await this.client.send(new ListTasksCommand({ cluster: this.cluster, desiredStatus }))).taskArns!;
  }

  public async describe(arn: string): Promise<Task> {
    return (await this.client.send(new DescribeTasksCommand({ cluster: this.cluster, tasks: [arn] }))).tasks![0];
  }

  public async stopped(arn: string): Promise<Task> {
    return eventually(`the end of ${arn}`, async () => {
      const task = await this.describe(arn);
      return task.lastStatus === 'STOPPED' ? task : undefined;
    });
  }

  public async stop(arn: string, reason: string): Promise<Task> {
    return (await this.client.send(new StopTaskCommand({ cluster: this.cluster, task: arn, reason }))).task!;
  }
}

const started = (file: string) => until(() => existsSync(join(folder, file)));
const submitted = async (executions: Executions, arn: string) => {
  const event = (await executions.history(arn)).find(({ type }) => type === 'TaskSubmitted');
  return JSON.parse(event!.taskSubmittedEventDetails!.output!).Tasks[0].TaskArn as string;
};

test('runs the command with its environment and the permissions of its role', async () => {
  const code = `
    const { S3Client, PutObjectCommand } = require(${SDK('s3')});
    const put = (Key, Body) => new S3Client({ forcePathStyle: true }).send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key, Body }));
    put('denied/x', '').catch(({ name }) => put('tasks/' + process.env.TASK_ID, JSON.stringify([name, process.env.COLOR, process.env.AWS_REGION])))
      .then(() => console.log('the container says done'));`;
  await withMachines((stack) => {
    const bucket = new Bucket(stack, 'Bucket', { enforceSSL: true });
    const { definition } = aScene(stack, code, { environment: { BUCKET: bucket.bucketName, COLOR: 'red', TASK_ID: 'overridden' } });
    bucket.grantPut(definition.taskRole, 'tasks/*');
    const reader = aMachine(stack, 'Reader', aTask('aws-sdk:s3:getObject', { Bucket: bucket.bucketName, Key: 'tasks/one' }));
    bucket.grantRead(reader);
  }, async (executions, { Machine, Reader, ClusterName, DefinitionArn }, engine) => {
    const arn = await executions.start(Machine, {}, 'one');
    const { output } = await executions.end(arn);
    const task = JSON.parse(output!);
    expect(task).toMatchObject({
      TaskDefinitionArn: DefinitionArn,
      LastStatus: 'STOPPED',
      StopCode: 'EssentialContainerExited',
      StartedBy: 'AWS Step Functions',
      CapacityProviderName: 'FARGATE_SPOT',
      Containers: [{ Name: 'Main', ExitCode: 0, LastStatus: 'STOPPED' }],
      StoppedAt: expect.any(Number),
    });
    expect(JSON.parse((await executions.run(Reader)).Body)).toEqual(['AccessDenied', 'red', 'us-east-1']);
    expect(engine.log(1_000)).toContain('the container says done');
    expect(await submitted(executions, arn)).toBe(task.TaskArn);

    const tasks = new Tasks(engine, ClusterName);
    expect(await tasks.arns()).toEqual([]);
    expect(await tasks.arns('STOPPED')).toEqual([task.TaskArn]);
    expect(await tasks.describe(task.TaskArn)).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 0 }] });
  });
});

test('fails the state with the description of a task that exits with another code', async () => {
  await withMachines((stack) => aScene(stack, 'process.exit(3)'), async (executions, { Machine }) => {
    const { Error, Cause } = await executions.run(Machine);
    expect(Error).toBe('States.TaskFailed');
    expect(JSON.parse(Cause)).toMatchObject({ StopCode: 'EssentialContainerExited', Containers: [{ Name: 'Main', ExitCode: 3 }] });
  });
});

test('the first essential container that exits stops the others, and other containers do not', async () => {
  await withMachines((stack) => {
    const { definition } = aScene(stack, 'setTimeout(() => {}, 1000)');
    const image = ContainerImage.fromRegistry('ignored');
    definition.addContainer('Helper', { image, command: ['node', '-e', ''], essential: false });
    definition.addContainer('Sidecar', { image, command: ['node', '-e', 'setInterval(() => {}, 1000)'] });
  }, async (executions, { Machine }) => {
    const { Cause } = await executions.run(Machine);
    expect(JSON.parse(Cause).Containers).toMatchObject([{ Name: 'Main', ExitCode: 0 }, { Name: 'Helper', ExitCode: 0 }, { Name: 'Sidecar', ExitCode: 143 }]);
  });
});

describe('stops a task', () => {
  test('when its execution is stopped, with SIGTERM', async () => {
    const code = waiting('stopped', 'require("fs").writeFileSync(process.env.DONE, "term"); process.exit(7)');
    await withMachines((stack) => aScene(stack, code, { environment: { DONE: join(folder, 'done') } }), async (executions, { Machine, ClusterName }, engine) => {
      const arn = await executions.start(Machine);
      await started('stopped');
      const [task, tasks] = [await submitted(executions, arn), new Tasks(engine, ClusterName)];
      expect(await tasks.describe(task)).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' });

      await executions.client.send(new StopExecutionCommand({ executionArn: arn }));

      expect(await tasks.stopped(task)).toMatchObject({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated', containers: [{ exitCode: 7 }] });
      expect(readFileSync(join(folder, 'done'), 'utf8')).toBe('term');
      expect(await executions.describe(arn)).toMatchObject({ status: 'ABORTED' });
    });
  });

  test('when its state times out, with SIGKILL if it ignores SIGTERM, and with all processes that it has started', async () => {
    const code = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '${folder}/grandchild']); ${waiting('ignoring', '')}`;
    await withMachines((stack) => {
      aScene(stack, code, { stopTimeout: Duration.seconds(1), state: { TimeoutSeconds: 2 } });
    }, async (executions, { Machine, ClusterName }, engine) => {
      const arn = await executions.start(Machine);
      await started('ignoring');
      expect(JSON.parse((await executions.end(arn)).output!)).toMatchObject({ Error: 'States.Timeout' });

      const task = await new Tasks(engine, ClusterName).stopped(await submitted(executions, arn));
      expect(task).toMatchObject({ containers: [{ exitCode: 137 }] });
      await until(() => processesNaming(`${folder}/grandchild`).length === 0);
    });
  });

  test.each([
    ['by a caller', 'not needed', { StopCode: 'UserInitiated', StoppedReason: 'not needed' }],
    ['as Fargate Spot does', 'SpotInterruption', { StopCode: 'SpotInterruption', StoppedReason: 'Your Spot Task was interrupted.' }],
  ])('%s', async (name, reason, description) => {
    await withMachines((stack) => aScene(stack, waiting(name, 'process.exit(143)')), async (executions, { Machine, ClusterName }, engine) => {
      const arn = await executions.start(Machine);
      await started(name);
      const tasks = new Tasks(engine, ClusterName);
      expect(await tasks.stop((await tasks.arns())[0], reason)).toMatchObject({ desiredStatus: 'STOPPED' });
      const { Error, Cause } = JSON.parse((await executions.end(arn)).output!);
      expect(Error).toBe('States.TaskFailed');
      expect(JSON.parse(Cause)).toMatchObject({ ...description, Containers: [{ ExitCode: 143 }] });
    });
  });

  test('when its process is killed', async () => {
    await withMachines((stack) => aScene(stack, waiting('killed', '')), async (executions, { Machine }) => {
      const arn = await executions.start(Machine);
      await until(() => existsSync(join(folder, 'killed')) && readFileSync(join(folder, 'killed'), 'utf8') !== '');
      process.kill(Number(readFileSync(join(folder, 'killed'), 'utf8')), 'SIGKILL');
      const { Cause } = JSON.parse((await executions.end(arn)).output!);
      expect(JSON.parse(Cause)).toMatchObject({ StopCode: 'EssentialContainerExited', Containers: [{ ExitCode: 137 }] });
    });
  });
});

test.each([['stopped', (engine: Engine) => engine.stop()], ['killed', killEngine]])('ends with the engine, when that is %s', async (name, end) => {
  const [file, assembly] = [`left-${name}`, synthesizeStack((stack) => aScene(stack, waiting(`left-${name}`, '')))];
  const engine = await startEngine({ auth: true });
  await new Executions(engine).start((await deploy(engine, assembly)).outputs('Tiny').Machine);
  await started(file);
  expect(processesNaming(join(folder, file))).not.toEqual([]);

  await end(engine);

  await until(() => processesNaming(join(folder, file)).length === 0);
  await engine.stop();
});

async function killEngine(engine: Engine): Promise<void> {
  const pids = execFileSync('pgrep', ['-f', `launcher.py ${dirname(engine.logFile)}`], { encoding: 'utf8' }).trim().split('\n');
  pids.forEach((pid) => process.kill(Number(pid), 'SIGKILL'));
  await engine.ended;
}

test('fails the state if a command can not start, and if ECS does not place the task', async () => {
  await withMachines((stack) => aScene(stack, ['no-such-command']), async (executions, { Machine }) => {
    const { Error, Cause } = await executions.run(Machine);
    expect(Error).toBe('States.TaskFailed');
    expect(JSON.parse(Cause)).toMatchObject({ StopCode: 'TaskFailedToStart', StoppedReason: expect.stringContaining('no-such-command: executable file not found') });
    expect(JSON.parse(Cause).Containers[0]).not.toHaveProperty('ExitCode');
  });
  await withMachines((stack) => {
    aScene(stack, '', { dockerLabels: { 'local-engine.failure': 'Capacity is unavailable at this time.' } });
  }, async (executions, { Machine }) => {
    expect(await executions.run(Machine)).toEqual({ Error: 'AmazonECS.Unknown', Cause: expect.stringContaining('Capacity is unavailable') });
  });
});

test('refuses requests that ECS refuses', async () => {
  await withMachines((stack) => aScene(stack, ''), async (_, { ClusterName, DefinitionArn }, engine) => {
    const { client } = new Tasks(engine, ClusterName);
    const run = (more: object) => client.send(new RunTaskCommand({
      cluster: ClusterName, taskDefinition: DefinitionArn, networkConfiguration: { awsvpcConfiguration: { subnets: ['a'] } }, ...more,
    }));
    const overriding = (name: string, length: number) => ({ overrides: { containerOverrides: [{ name, environment: [{ name: 'A', value: 'x'.repeat(length) }] }] } });
    const invalid = { name: 'InvalidParameterException' };

    expect((await run(overriding('Main', 8_000))).tasks).toHaveLength(1);
    await expect(run(overriding('Main', 8_192))).rejects.toMatchObject(invalid);
    await expect(run(overriding('Other', 1))).rejects.toMatchObject(invalid);
    await expect(run({ networkConfiguration: undefined })).rejects.toMatchObject(invalid);
    await expect(run({ cluster: 'none' })).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
  });
});

test.each([
  ['rule', 'States.Permissions'], ['run', 'ECS.AccessDeniedException'], ['pass', 'ECS.AccessDeniedException'], ['describe', 'ECS.AccessDeniedException'],
] as const)('the role of the state machine needs all permissions: %s', async (missing, error) => {
  await withMachines((stack) => aScene(stack, '', { allow: ALL.filter((name) => name !== missing) }), async (executions, { Machine }) => {
    expect(await executions.run(Machine)).toMatchObject({ Error: error });
  });
});

test('a function needs permissions for tasks', async () => {
  const code = `
    const ecs = require(${SDK('ecs')});
    exports.handler = async ({ cluster, task }) => {
      const call = (command) => new ecs.ECSClient().send(command).then(() => 'done', ({ name }) => name);
      return [
        await call(new ecs.DescribeTasksCommand({ cluster, tasks: [task] })), await call(new ecs.ListTasksCommand({ cluster })),
        await call(new ecs.StopTaskCommand({ cluster, task })),
      ];
    };`;
  await withMachines((stack) => {
    const { cluster } = aScene(stack, waiting('described', 'process.exit(0)'));
    for (const [id, name] of [['Allowed', cluster.clusterName], ['Denied', 'other']]) {
      const caller = aNodeFunction(stack, `${id}Function`, code);
      const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'ecs', resource, resourceName });
      caller.addToRolePolicy(new PolicyStatement({
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: [arn('task', `${name}/*`)],
        conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
      }));
      caller.addToRolePolicy(new PolicyStatement({
        actions: ['ecs:ListTasks'], resources: ['*'], conditions: { ArnEquals: { 'ecs:cluster': arn('cluster', name) } },
      }));
      caller.grantInvoke(aMachine(stack, id, aTask('lambda:invoke', { FunctionName: caller.functionArn, Payload: '{% $states.input %}' })));
    }
  }, async (executions, { Machine, Allowed, Denied, ClusterName }) => {
    const arn = await executions.start(Machine);
    await started('described');
    const input = { cluster: ClusterName, task: await submitted(executions, arn) };
    expect(await executions.run(Denied, input)).toMatchObject({ Payload: Array(3).fill('AccessDeniedException') });
    expect(await executions.run(Allowed, input)).toMatchObject({ Payload: Array(3).fill('done') });
  });
});
