import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { Stack } from 'aws-cdk-lib';
import { allowNested, aMachine, aTask, withMachines } from './fixtures/state-machines';
import { eventually } from '../support/eventually';

// Tests our fixes of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const ECHO = { Echo: { Type: 'Pass', Output: { input: '{% $states.input %}' }, End: true } };
const FAIL = { Fail: { Type: 'Fail', Error: 'Spoiled', Cause: '{% $pad("", $states.input.length, "x") %}' } };
const WAIT = { Wait: { Type: 'Wait', Seconds: 600, End: true } };

/** Creates a state machine, and one that runs it under the name of its own execution. */
function aNestedMachine(stack: Stack, id: string, states: Record<string, object>, more: object = {}, definition: object = {}): void {
  const child = aMachine(stack, `${id}Child`, states);
  const parent = aMachine(stack, id, aTask('states:startExecution.sync:2', {
    StateMachineArn: child.stateMachineArn, Name: '{% $states.context.Execution.Name %}', Input: '{% $states.input %}',
  }, more), definition);
  allowNested(parent, child);
}

const executionArn = (machineArn: string, name: string) => `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

test('runs the nested execution that the history names, and gives its output', async () => {
  await withMachines((stack) => aNestedMachine(stack, 'Parent', ECHO), async (executions, { Parent, ParentChild }) => {
    const parent = await executions.start(Parent, { number: 1 }, 'one');
    const { status, output } = await executions.end(parent);

    const child = executionArn(ParentChild, 'one');
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output!)).toMatchObject({
      ExecutionArn: child, Name: 'one', Status: 'SUCCEEDED', Input: { number: 1 }, Output: { input: { number: 1 } }, StartDate: expect.any(Number),
    });
    const submitted = (await executions.history(parent)).find(({ type }) => type === 'TaskSubmitted')!.taskSubmittedEventDetails!;
    expect(submitted).toMatchObject({ resourceType: 'states', resource: 'startExecution.sync:2' });
    expect(JSON.parse(submitted.output!)).toMatchObject({ ExecutionArn: child });
    expect((await executions.history(child)).map(({ type }) => type)).toContain('ExecutionSucceeded');
  });
});

test('fails the task with the description of a child that fails, which is cut when it is long', async () => {
  await withMachines((stack) => aNestedMachine(stack, 'Parent', FAIL), async (executions, { Parent }) => {
    const short = await executions.run(Parent, { length: 3 });
    expect(short.Error).toBe('States.TaskFailed');
    expect(JSON.parse(short.Cause)).toMatchObject({ Status: 'FAILED', Error: 'Spoiled', Cause: 'xxx', Input: { length: 3 } });
    expect(JSON.parse(short.Cause)).not.toHaveProperty('Output');

    const long = await executions.run(Parent, { length: 40_000 });
    expect(long.Cause).toHaveLength(32_768);
    expect(() => JSON.parse(long.Cause)).toThrow();
  });
});

test('starts an execution once', async () => {
  await withMachines((stack) => {
    aMachine(stack, 'Waiting', WAIT);
    aMachine(stack, 'Quick', ECHO);
  }, async (executions, { Waiting, Quick }) => {
    const first = await executions.start(Waiting, { number: 1 }, 'one');
    expect(await executions.start(Waiting, { number: 1 }, 'one')).toBe(first);
    await expect(executions.start(Waiting, { number: 2 }, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });

    await executions.end(await executions.start(Quick, {}, 'one'));
    await expect(executions.start(Quick, {}, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });

    await expect(executions.start(Quick, 'x'.repeat(262_142))).resolves.toBeDefined();
    await expect(executions.start(Quick, 'x'.repeat(262_143))).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    await expect(executions.start(Quick, {}, 'a:b')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(executions.start(Quick, {}, 'x'.repeat(81))).rejects.toMatchObject({ name: 'InvalidName' });
  });
});

test('fails a task whose child has the name of a closed execution', async () => {
  await withMachines((stack) => aNestedMachine(stack, 'Parent', ECHO), async (executions, { Parent, ParentChild }) => {
    await executions.end(await executions.start(ParentChild, {}, 'one'));
    const { output } = await executions.end(await executions.start(Parent, {}, 'one'));
    expect(JSON.parse(output!)).toMatchObject({ Error: 'StepFunctions.ExecutionAlreadyExistsException' });
  });
});

describe('stops the child', () => {
  test('when the parent is stopped, once', async () => {
    await withMachines((stack) => aNestedMachine(stack, 'Parent', WAIT), async (executions, { Parent, ParentChild }) => {
      const [parent, child] = [await executions.start(Parent, {}, 'one'), executionArn(ParentChild, 'one')];
      await eventually('the start', async () => executions.describe(child).catch(() => undefined));

      const stop = new StopExecutionCommand({ executionArn: parent, error: 'Cancelled', cause: 'no longer needed' });
      const { stopDate } = await executions.client.send(stop);

      expect(await executions.end(child)).toMatchObject({ status: 'ABORTED' });
      expect(await executions.describe(parent)).toMatchObject({ status: 'ABORTED', error: 'Cancelled', cause: 'no longer needed' });
      expect(await executions.client.send(stop)).toMatchObject({ stopDate });
      expect((await executions.history(parent)).at(-1)).toMatchObject({ type: 'ExecutionAborted' });
    });
  });

  test.each(['{% $states.input.seconds %}', 1])('when the task times out, after %s', async (TimeoutSeconds) => {
    await withMachines((stack) => aNestedMachine(stack, 'Parent', WAIT, { TimeoutSeconds }), async (executions, { Parent, ParentChild }) => {
      const { output } = await executions.end(await executions.start(Parent, { seconds: 1 }, 'one'));
      expect(JSON.parse(output!)).toMatchObject({ Error: 'States.Timeout' });
      expect(await executions.end(executionArn(ParentChild, 'one'))).toMatchObject({ status: 'ABORTED' });
    });
  });

  test('when the task times out, after the time in its input', async () => {
    await withMachines((stack) => {
      const child = aMachine(stack, 'Child', WAIT);
      const Parameters = { StateMachineArn: child.stateMachineArn, Name: 'one' };
      const task = { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync', Parameters, TimeoutSecondsPath: '$.seconds', End: true };
      allowNested(aMachine(stack, 'Parent', { Run: task }, { QueryLanguage: 'JSONPath' }), child);
    }, async (executions, { Parent, Child }) => {
      expect(await executions.end(await executions.start(Parent, { seconds: 1 }))).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
      expect(await executions.end(executionArn(Child, 'one'))).toMatchObject({ status: 'ABORTED' });
    });
  });

  test('when the parent times out', async () => {
    await withMachines((stack) => aNestedMachine(stack, 'Parent', WAIT, {}, { TimeoutSeconds: 1 }), async (executions, { Parent, ParentChild }) => {
      const { status, error, output } = await executions.end(await executions.start(Parent, {}, 'one'));
      expect({ status, error, output }).toEqual({ status: 'TIMED_OUT' });
      expect(await executions.end(executionArn(ParentChild, 'one'))).toMatchObject({ status: 'ABORTED' });
    });
  });
});

test('stops a closed execution without an error or an effect', async () => {
  await withMachines((stack) => aMachine(stack, 'Quick', ECHO), async (executions, { Quick }) => {
    const arn = await executions.start(Quick);
    const { stopDate } = await executions.end(arn);
    expect(await executions.client.send(new StopExecutionCommand({ executionArn: arn }))).toMatchObject({ stopDate });
    expect(await executions.describe(arn)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test.each([['JSONPath', { TimeoutSecondsPath: '$.seconds' }, 'States.Runtime'], ['JSONata', { TimeoutSeconds: '{% $states.input.seconds %}' }, 'States.QueryEvaluationError']])(
  'fails a task of %s with a time-out that is no positive integer', async (QueryLanguage, timeOut, error) => {
    await withMachines((stack) => {
      const states = { Run: { Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', ...timeOut, End: true } };
      aMachine(stack, 'Machine', states, { QueryLanguage });
    }, async (executions, { Machine }) => {
      for (const seconds of [0, -5, 1.5]) {
        expect(await executions.end(await executions.start(Machine, { seconds }))).toMatchObject({ status: 'FAILED', error });
      }
    });
  });

test('does not stop the child if the role of the parent may not, and logs that', async () => {
  await withMachines((stack) => {
    const child = aMachine(stack, 'Child', WAIT);
    const args = { StateMachineArn: child.stateMachineArn, Name: 'one' };
    const parent = aMachine(stack, 'Parent', aTask('states:startExecution.sync', args));
    allowNested(parent, child, ['states:DescribeExecution']);
  }, async (executions, { Parent, Child }, engine) => {
    const [parent, child] = [await executions.start(Parent), executionArn(Child, 'one')];
    await eventually('the start', async () => executions.describe(child).catch(() => undefined));

    await executions.client.send(new StopExecutionCommand({ executionArn: parent }));

    expect(engine.log(1_000)).toMatch(/could not stop \S+:one: .* is not authorized to perform: states:StopExecution/);
    expect(await executions.describe(child)).toMatchObject({ status: 'RUNNING' });
  });
});
