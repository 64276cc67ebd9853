import { PutEventsCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CfnOutput } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { aRule } from './fixtures/events';
import { aQueue, receiveJson } from './fixtures/queues';
import { aMachine, aTask, withMachines } from './fixtures/state-machines';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { withEngine } from '../../local/engine/with-engine';

// Tests our fixes of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

describe('the limit of data', () => {
  const text = (length: string) => `{% $pad('', ${length}, 'ä') %}`;

  test('is 262,144 bytes of UTF-8 for the output of a state', async () => {
    await withMachines((stack) => {
      aMachine(stack, 'Pass', { Pass: { Type: 'Pass', Output: text('$states.input.length'), End: true } });
    }, async (executions, { Pass }) => {
      const longest = (262_144 - 2) / 2;
      expect(await executions.run(Pass, { length: longest })).toHaveLength(longest);
      expect(await executions.end(await executions.start(Pass, { length: longest + 1 }))).toMatchObject({
        status: 'FAILED', error: 'States.DataLimitExceeded',
      });
    });
  });

  test('applies to the result of a task, and is caught by its own name only', async () => {
    await withMachines((stack) => {
      const long = aNodeFunction(stack, 'Long', 'exports.handler = async () => \'x\'.repeat(262_144)');
      const task = (ErrorEquals: string[]) => aTask('lambda:invoke', { FunctionName: long.functionArn }, {
        Catch: [{ ErrorEquals, Output: '{% $states.errorOutput %}', Next: 'Caught' }],
      });
      const machines = [
        aMachine(stack, 'Wildcard', task(['States.ALL'])), aMachine(stack, 'Failed', task(['States.TaskFailed'])),
        aMachine(stack, 'Named', task(['States.DataLimitExceeded'])),
      ];
      machines.forEach((machine) => long.grantInvoke(machine));
    }, async (executions, { Wildcard, Failed, Named }) => {
      expect(await executions.run(Named)).toMatchObject({ Error: 'States.DataLimitExceeded' });
      for (const arn of [Wildcard, Failed]) {
        expect(await executions.end(await executions.start(arn))).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
      }
    });
  });
});

test('States.Runtime fails the execution, even if it catches all errors', async () => {
  await withMachines((stack) => {
    aMachine(stack, 'Machine', aTask('no-service:doThis', {}, { Catch: [{ ErrorEquals: ['States.Runtime'], Next: 'Caught' }] }));
  }, async (executions, { Machine }) => {
    expect(await executions.end(await executions.start(Machine))).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});

test('a definition must be valid', async () => {
  const pass = { Type: 'Pass', End: true };
  const task = (more: object) => ({ Only: { Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', Arguments: {}, End: true, ...more } });
  const invalid: [problem: RegExp, states: Record<string, object>, definition?: object][] = [
    [/INVALID_JSONATA_EXPRESSION/, { Only: { ...pass, Output: '{% $states.input. %}' } }],
    [/no operator \?\?/, { Only: { ...pass, Output: '{% $states.input ?? 1 %}' } }],
    [/no operator \?:/, { Only: { ...pass, Output: '{% $states.input ?: 1 %}' } }],
    [/not supported by JSONata: \['ResultPath'\]/, task({ ResultPath: '$' })],
    [/not supported by JSONPath: \['Output'\]/, { Only: { ...pass, Output: 1 } }, { QueryLanguage: 'JSONPath' }],
    [/no Type Job/, { Only: { Type: 'Job', End: true } }],
    [/either Next or End/, { Only: { Type: 'Pass' } }],
    [/MISSING_TRANSITION_TARGET: \['Other'\]/, task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Other' }] })],
    [/not reachable: \['Other'\]/, { Only: pass, Other: pass }],
    [/States.ALL must be alone/, task({ Retry: [{ ErrorEquals: ['States.ALL', 'States.Timeout'] }] })],
    [/States.ALL must be alone, and in the last/, task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['States.Timeout'] }] })],
    [/not supported: \['Next'\]/, task({ Retry: [{ ErrorEquals: ['States.ALL'], Next: 'Only' }] })],
    [/up to 80 characters/, { ['x'.repeat(81)]: pass }],
  ];
  await withEngine({}, async (engine) => {
    for (const [problem, states, definition] of invalid) {
      const assembly = synthesizeStack((stack) => aMachine(stack, 'Machine', states, definition));
      await expect(deploy(engine, assembly)).rejects.toThrow(problem);
    }
  });
});

test('JSONata is that of Step Functions', async () => {
  const expressions = {
    parse: '$parse($states.input.json).list',
    null: '$parse(\'null\')',
    match: '$match("exited with code 3", /code ([0-9]+)/)[0].groups[0]',
    contains: '$contains("SpotInterruption", /^spot/i)',
    merge: '$merge([{ "a": 1 }, $exists($states.input.none) ? { "none": $states.input.none } : {}])',
    seconds: '$max([1, $floor(($toMillis("2026-11-26T18:19:06.900Z") - $toMillis("2026-11-26T18:19:05Z")) / 1000)])',
    now: '$millis() > $toMillis("2026-01-01T00:00:00Z")',
    replace: '$replace("2026-11-26T18:19:06.123Z", /[-:.]/, "")',
    substring: '$substring("abcdef", 0, 3)',
    string: '$string({ "a": [1, null] })',
    one: '[$states.input.one]',
    none: '[$states.input.list[name = "none"]]',
    kept: '$states.input.list[name = "x"][]',
    appended: '$append([{ "Name": "A" }], [])',
  };
  const Output = Object.fromEntries(Object.entries(expressions).map(([name, text]) => [name, `{% ${text} %}`]));
  await withMachines((stack) => {
    aMachine(stack, 'Known', { Pass: { Type: 'Pass', Output, End: true } });
    aMachine(stack, 'Eval', { Pass: { Type: 'Pass', Output: '{% $eval("1") %}', End: true } });
  }, async (executions, { Known, Eval }) => {
    expect(await executions.run(Known, { json: '{"list":[1]}', one: 1, list: [{ name: 'x' }] })).toEqual({
      parse: [1],
      null: null,
      match: '3',
      contains: true,
      merge: { a: 1 },
      seconds: 1,
      now: true,
      replace: '20261126T181906123Z',
      substring: 'abc',
      string: '{"a":[1,null]}',
      one: [1],
      none: [],
      kept: [{ name: 'x' }],
      appended: [{ Name: 'A' }],
    });
    expect(await executions.end(await executions.start(Eval))).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});

describe('events', () => {
  const entry = { Source: 'app', DetailType: 'Done', Detail: { number: 1 } };

  test('have a detail that is an object, and the ARNs of the execution', async () => {
    await withMachines((stack) => {
      aRule(stack, 'Rule', 'app').addTarget(new SqsQueue(aQueue(stack, 'Received')));
      EventBus.grantAllPutEvents(aMachine(stack, 'Machine', aTask('events:putEvents', { Entries: [entry, { ...entry, Detail: '{"number":2}' }] })));
    }, async (executions, { Machine, Received }, engine) => {
      const arn = await executions.start(Machine);
      expect(await executions.end(arn)).toMatchObject({ status: 'SUCCEEDED' });
      const received = [await receiveJson(engine, Received), await receiveJson(engine, Received)];
      expect(received.map(({ detail }) => detail)).toEqual(expect.arrayContaining([{ number: 1 }, { number: 2 }]));
      expect(received[0]).toMatchObject({ 'source': 'app', 'detail-type': 'Done', 'resources': [arn, Machine] });
    });
  });

  test('fail the task if EventBridge refuses one', async () => {
    await withMachines((stack) => {
      const entries = { Malformed: { ...entry, Detail: '[]' }, Reserved: { ...entry, Source: 'aws.app' } };
      for (const [id, refused] of Object.entries(entries)) {
        EventBus.grantAllPutEvents(aMachine(stack, id, aTask('events:putEvents', { Entries: [entry, refused] })));
      }
    }, async (executions, { Malformed, Reserved }) => {
      const malformed = await executions.run(Malformed);
      expect(malformed.Error).toBe('EventBridge.FailedEntry');
      expect(JSON.parse(malformed.Cause)).toMatchObject({ FailedEntryCount: 1, Entries: [{ EventId: expect.any(String) }, { ErrorCode: 'MalformedDetail' }] });
      expect(await executions.run(Reserved)).toMatchObject({ Error: 'EventBridge.FailedEntry' });
    });
  });

  test('are refused for what they lack, and together when they are too large', async () => {
    await withEngine({}, async (engine) => {
      const client = new EventBridgeClient(engine.sdkClientConfig);
      const put = (...Entries: object[]) => client.send(new PutEventsCommand({ Entries }));
      const good = { ...entry, Detail: '{}' };

      expect(await put(good, { ...good, Source: undefined }, { ...good, DetailType: '' }, { ...good, Detail: undefined }, good)).toMatchObject({
        FailedEntryCount: 3,
        Entries: [{ EventId: expect.any(String) }, ...Array(3).fill({ ErrorCode: 'InvalidArgument' }), { EventId: expect.any(String) }],
      });
      expect(await put({ ...good, Detail: '{"text":"\\ud83d"}' })).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] });
      expect(await put({ ...good, Detail: '{"text":"\\ud83d\\ude00"}' })).toMatchObject({ FailedEntryCount: 0 });

      const half = { ...good, Detail: JSON.stringify({ text: 'x'.repeat(512 * 1024) }) };
      await expect(put(half, half)).rejects.toMatchObject({ name: 'ValidationException' });
      expect(await put(half)).toMatchObject({ FailedEntryCount: 0 });
    });
  });
});

describe('the role of a state machine', () => {
  test('needs the permission for a function', async () => {
    await withMachines((stack) => {
      const handler = aNodeFunction(stack, 'Function', 'exports.handler = async event => event');
      const task = aTask('lambda:invoke', { FunctionName: handler.functionArn, Payload: { a: 1 } });
      handler.grantInvoke(aMachine(stack, 'Allowed', task));
      aMachine(stack, 'Denied', task);
    }, async (executions, { Allowed, Denied }) => {
      expect(await executions.run(Allowed)).toMatchObject({ Payload: { a: 1 } });
      expect(await executions.run(Denied)).toEqual({
        Error: 'Lambda.AWSLambdaException', Cause: expect.stringMatching(/is not authorized to perform: lambda:InvokeFunction on resource/),
      });
    });
  });

  test('needs the permission for the events that it sends', async () => {
    await withMachines((stack) => {
      const bus = new EventBus(stack, 'Bus');
      const task = aTask('events:putEvents', { Entries: [{ EventBusName: bus.eventBusName, Source: 'app', DetailType: 'Done', Detail: {} }] });
      for (const [id, source, type] of [['Allowed', 'app', 'Done'], ['OtherSource', 'other', 'Done'], ['OtherType', 'app', 'Other']]) {
        aMachine(stack, id, task).addToRolePolicy(new PolicyStatement({
          actions: ['events:PutEvents'],
          resources: [bus.eventBusArn],
          conditions: {
            'ForAllValues:StringEquals': { 'events:source': [source], 'events:detail-type': [type] },
            'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
          },
        }));
      }
    }, async (executions, { Allowed, OtherSource, OtherType }) => {
      expect(await executions.run(Allowed)).toMatchObject({ FailedEntryCount: 0 });
      for (const denied of [OtherSource, OtherType]) {
        expect(await executions.run(denied)).toMatchObject({ Error: 'EventBridge.AmazonEventBridgeException' });
      }
    });
  });

  test('needs the permissions for a nested execution', async () => {
    await withMachines((stack) => {
      const child = aMachine(stack, 'Child', { Pass: { Type: 'Pass', End: true } });
      aMachine(stack, 'NoRule', aTask('states:startExecution.sync:2', { StateMachineArn: child.stateMachineArn }));
      aMachine(stack, 'NoStart', aTask('states:startExecution', { StateMachineArn: child.stateMachineArn }));
      child.grantStartExecution(aMachine(stack, 'Start', aTask('states:startExecution', { StateMachineArn: child.stateMachineArn })));
    }, async (executions, { NoRule, NoStart, Start, Child }) => {
      expect(await executions.run(NoRule)).toMatchObject({ Error: 'States.Permissions' });
      expect(await executions.run(NoStart)).toMatchObject({ Error: 'StepFunctions.AWSStepFunctionsException' });
      expect(await executions.run(Start)).toMatchObject({ ExecutionArn: expect.stringContaining(Child.split(':').at(-1)!) });
    });
  });
});

test('a function needs permissions for executions', async () => {
  const action = (name: string, more = '') => `client.send(new sfn.${name}Command({ executionArn: started.executionArn ${more} })).then(() => 'done')`;
  const code = `
    const sfn = require(${JSON.stringify(require.resolve('@aws-sdk/client-sfn'))});
    exports.handler = async ({ stateMachineArn }) => {
      const client = new sfn.SFNClient();
      const started = await client.send(new sfn.StartExecutionCommand({ stateMachineArn, name: 'one' }));
      const results = await Promise.allSettled([${action('DescribeExecution')}, ${action('GetExecutionHistory')}, ${action('StopExecution')}]);
      return results.map(({ value, reason }) => value ?? reason.name);
    };`;
  await withMachines((stack) => {
    const machine = aMachine(stack, 'Machine', { Wait: { Type: 'Wait', Seconds: 600, End: true } });
    const grants = { All: ['DescribeExecution', 'GetExecutionHistory', 'StopExecution'], None: [] };
    for (const [id, actions] of Object.entries(grants)) {
      const caller = aNodeFunction(stack, `${id}Function`, code);
      machine.grantStartExecution(caller);
      if (actions.length > 0) machine.grantExecution(caller, ...actions.map((name) => `states:${name}`));
      caller.grantInvoke(aMachine(stack, id, aTask('lambda:invoke', { FunctionName: caller.functionArn, Payload: '{% $states.input %}' })));
    }
  }, async (executions, { All, None, Machine }) => {
    const denied = 'AccessDeniedException';
    expect(await executions.run(None, { stateMachineArn: Machine })).toMatchObject({ Payload: [denied, denied, denied] });
    expect(await executions.run(All, { stateMachineArn: Machine })).toMatchObject({ Payload: ['done', 'done', 'done'] });
  });
});

describe('calls of the AWS SDK', () => {
  test('describe executions', async () => {
    await withMachines((stack) => {
      const states = aTask('aws-sdk:sfn:describeExecution', { ExecutionArn: '{% $states.input.arn %}' });
      aMachine(stack, 'Denied', states);
      const failing = aMachine(stack, 'Failing', { Fail: { Type: 'Fail', Error: 'Spoiled', Cause: 'by the test' } });
      failing.grantExecution(aMachine(stack, 'Allowed', states), 'states:DescribeExecution');
    }, async (executions, { Allowed, Denied, Failing }) => {
      const arn = await executions.start(Failing, { number: 1 }, 'one');
      await executions.end(arn);
      expect(await executions.run(Allowed, { arn })).toMatchObject({
        ExecutionArn: arn, Name: 'one', Status: 'FAILED', Error: 'Spoiled', Cause: 'by the test', Input: '{"number":1}', StopDate: expect.stringMatching(/Z$/),
      });
      expect(await executions.run(Allowed, { arn: `${arn}x` })).toMatchObject({ Error: 'Sfn.ExecutionDoesNotExistException' });
      expect(await executions.run(Denied, { arn })).toMatchObject({ Error: 'Sfn.SfnException' });
    });
  });

  test('read objects', async () => {
    await withMachines((stack) => {
      const bucket = new Bucket(stack, 'Bucket', { enforceSSL: true });
      new CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
      const states = aTask('aws-sdk:s3:getObject', { Bucket: bucket.bucketName, Key: '{% $states.input.key %}' });
      bucket.grantRead(aMachine(stack, 'Reader', states), 'tasks/*');
      const blind = aMachine(stack, 'Blind', states);
      blind.addToRolePolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('tasks/*')] }));
    }, async (executions, { Reader, Blind, BucketName }, engine) => {
      const s3 = new S3Client({ ...engine.sdkClientConfig, forcePathStyle: true });
      const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: BucketName, Key, Body, ContentType: 'application/json' }));
      await put('tasks/a b/ü.json', '{"rows":"ä"}');
      await put('other.json', '{}');
      await put('tasks/long.json', 'x'.repeat(262_144));

      for (const arn of [Reader, Blind]) {
        expect(await executions.run(arn, { key: 'tasks/a b/ü.json' })).toMatchObject({ Body: '{"rows":"ä"}', ContentType: 'application/json', ContentLength: 13 });
        expect(await executions.run(arn, { key: 'other.json' })).toMatchObject({ Error: 'S3.S3Exception', Cause: expect.stringContaining('Access Denied') });
      }
      expect(await executions.run(Reader, { key: 'tasks/none.json' })).toMatchObject({ Error: 'S3.NoSuchKeyException' });
      expect(await executions.run(Blind, { key: 'tasks/none.json' })).toMatchObject({ Error: 'S3.S3Exception' });
      expect(await executions.end(await executions.start(Reader, { key: 'tasks/long.json' }))).toMatchObject({ error: 'States.DataLimitExceeded' });
    });
  });
});
