import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { CfnEventSourceMapping, FilterCriteria, FilterRule, Function, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, DynamoEventSourceProps, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { until } from './fixtures/processes';
import { aQueue, receiveJson } from './fixtures/queues';
import { aNodeFunction, synthesize } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { temporaryDirectory } from '../support/temporary-directory';

// Tests our fix of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

let engine: Engine;

beforeAll(async () => engine = await startEngine());
afterAll(() => engine?.stop());

test('delivers all records in order, and discards a poison record after its retries', async () => {
  const stream = await aStream('Poison', 'if (ids.includes("4")) throw new Error("poison");', { bisectBatchOnError: true, retryAttempts: 2 });

  await stream.put(['1', '2', '3', '4', '5', '6', '7', '8']);
  const discarded = await stream.discarded();

  await until(() => stream.done().includes('8'));
  expect(stream.done()).toEqual(['1', '2', '3', '5', '6', '7', '8']);
  expect(stream.invocations().filter(({ ids }) => ids.join() === '4')).toHaveLength(3);
  const { sequenceNumber } = stream.invocations().find(({ ids }) => ids.join() === '4')!;
  expect(discarded).toEqual({
    version: '1.0',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestContext: {
      requestId: stream.invocations().filter(({ ids }) => ids.join() === '4').at(-1)!.requestId,
      functionArn: expect.stringMatching(/:function:Poison-Function/),
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    DDBStreamBatchInfo: {
      shardId: expect.stringMatching(/^shardId-/),
      startSequenceNumber: sequenceNumber,
      endSequenceNumber: sequenceNumber,
      approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      batchSize: 1,
      streamArn: expect.stringMatching(/:table\/Poison-Table.+\/stream\//),
    },
  });
});

test('retries from the first record that is reported as failed, and skips filtered records', async () => {
  const stream = await aStream('Partial', `
    const failing = { 0: ["5", "3"], 1: ["5"] }[earlier] ?? [];
    return report(failing);`, {
    reportBatchItemFailures: true,
    filters: [without('2')],
  });

  await stream.put(['1', '2', '3', '4', '5', '6']);

  await until(() => stream.invocations().length === 3);
  expect(stream.invocations().map(({ ids }) => ids.join())).toEqual(['1,3,4,5,6', '3,4,5,6', '5,6']);
});

test('discards the rest of a batch when no retries are left, and goes on after it', async () => {
  const stream = await aStream('LeftOver', 'return report(ids.filter(id => id === "2"));', { reportBatchItemFailures: true, retryAttempts: 1 });

  await stream.put(['1', '2', '3']);
  const discarded = await stream.discarded();
  await stream.put(['4']);

  await until(() => stream.invocations().at(-1)?.ids.join() === '4');
  expect(stream.invocations().map(({ ids }) => ids.join())).toEqual(['1,2,3', '2,3', '4']);
  expect(discarded).toMatchObject({ DDBStreamBatchInfo: { batchSize: 2 }, requestContext: { approximateInvokeCount: 2 } });
  expect(discarded.responseContext).toEqual({ statusCode: 200, executedVersion: '$LATEST' });
});

test('isolates a record that is reported as failed, with both partial responses and bisecting', async () => {
  const stream = await aStream('Both', 'return report(ids.filter(id => id === "2"));', {
    reportBatchItemFailures: true, bisectBatchOnError: true, retryAttempts: 1,
  });

  await stream.put(['1', '2', '3', '4', '5']);
  const discarded = await stream.discarded();

  await until(() => stream.invocations().at(-1)?.ids.includes('5') === true);
  expect(discarded).toMatchObject({ DDBStreamBatchInfo: { batchSize: 1 }, requestContext: { approximateInvokeCount: 2 } });
  expect(stream.invocations().filter(({ ids }) => ids.join() === '2')).toHaveLength(2);
  expect(stream.invocations().at(-1)?.ids.join()).toBe('4,5');
});

test.each([
  ['Empty', { itemIdentifier: '' }],
  ['Null', { itemIdentifier: null }],
  ['Missing', { id: '1' }],
  ['Unknown', { itemIdentifier: '1' }],
])('retries the whole batch when an identifier is invalid: %s', async (name, failure) => {
  const stream = await aStream(name, `return { batchItemFailures: [${JSON.stringify(failure)}] };`, { reportBatchItemFailures: true, retryAttempts: 0 });

  await stream.put(['1', '2']);

  expect(await stream.discarded()).toMatchObject({ DDBStreamBatchInfo: { batchSize: 2 } });
});

test.each([
  ['Nothing', 'return;'],
  ['Nulls', 'return { batchItemFailures: null };'],
  ['None', 'return { batchItemFailures: [] };'],
])('completes a batch when no record is reported as failed: %s', async (name, code) => {
  const stream = await aStream(name, code, { reportBatchItemFailures: true, retryAttempts: 0 });

  await stream.put(['1', '2']);
  await stream.put(['3']);

  await until(() => stream.invocations().some(({ ids }) => ids.includes('3')));
  expect(stream.invocations().map(({ ids }) => ids.join())).toEqual(['1,2', '3']);
});

test('discards records that are too old', async () => {
  const stream = await aStream('Old', 'if (!ids.includes("3")) throw new Error("poison");', {}, {
    // The minimum on AWS is 60. It must be longer than a busy machine takes to deliver the record that holds the function.
    MaximumRecordAgeInSeconds: 10,
  });

  await stream.put(['1', '2']);
  const discarded = await stream.discarded();
  await stream.put(['3']);

  await until(() => stream.done().includes('3'));
  expect(discarded).toMatchObject({ requestContext: { condition: 'RecordAgeExceeded' } });
});

test('retries until the function is fixed, without a limit', async () => {
  const fixed = join(temporaryDirectory('fixed'), 'yes');
  const stream = await aStream('Unlimited', `if (!fs.existsSync('${fixed}')) throw new Error('broken');`, {});

  await stream.put(['1', '2']);
  await until(() => stream.invocations().length > 3);
  writeFileSync(fixed, '');

  await until(() => stream.done().length > 0);
  expect(stream.done()).toEqual(['1', '2']);
});

test('serves other mappings while one waits for its function', async () => {
  const slow = await aStream('Slow', '', {});
  const other = await aStream('Other', '', {});

  const release = await slow.hold();
  await other.put(['1']);

  await until(() => other.done().includes('1'));
  release();
});

test.each([
  ['Retrying', {}, ['2', '3']],
  ['Discarding', { MaximumRetryAttempts: 1 }, ['3']],
])('serves a second function of the stream, with its own filters, while the first one fails: %s', async (name, overrides, done) => {
  const [failing, other] = [temporaryDirectory('stream'), temporaryDirectory('stream')];
  const code = `if (ids.includes('2') && !fs.existsSync('${failing}/fixed')) throw new Error('broken');`;
  const assembly = synthesize((app) => {
    const stack = new Stack(app, `${name}Pair`);
    const table = aTable(stack);
    addSource(aNodeFunction(stack, 'Failing', handlerOf(failing, code)), table, { batchSize: 1, filters: [without('1')] }, overrides);
    addSource(aNodeFunction(stack, 'Other', handlerOf(other, '')), table, { batchSize: 1, filters: [without('2')] }, {});
  });
  const { TableName } = (await deploy(engine, assembly)).outputs(`${name}Pair`);
  const dynamodb = new DynamoDBClient(engine.sdkClientConfig);
  const lines = (file: string) => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];

  for (const id of ['1', '2', '3']) await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }));

  await until(() => lines(join(other, 'done')).length === 2);
  expect(lines(join(other, 'done'))).toEqual(['1', '3']);
  await until(() => lines(join(failing, 'invocations')).length > 1);
  if (name === 'Retrying') {
    expect(lines(join(failing, 'done'))).toEqual([]);
    writeFileSync(join(failing, 'fixed'), '');
  }
  await until(() => lines(join(failing, 'done')).length === done.length);
  expect(lines(join(failing, 'done'))).toEqual(done);
});

interface Invocation {
  readonly requestId: string;
  readonly ids: string[];
  readonly sequenceNumber: string;
}

/**
 * Deploys a table, and a function that processes its stream.
 *
 * @param code code of the function. It can use the `ids` of its records, `report(ids)` for a partial response, and the number of
 * `earlier` invocations
 */
async function aStream(name: string, code: string, props: Partial<DynamoEventSourceProps>, overrides: Record<string, unknown> = {}) {
  const directory = temporaryDirectory('stream');
  const assembly = synthesize((app) => {
    const stack = new Stack(app, name);
    const handler = aNodeFunction(stack, 'Function', handlerOf(directory, code));
    const onFailure = new SqsDlq(aQueue(stack, 'Discarded'));
    addSource(handler, aTable(stack), { onFailure, ...props }, overrides);
  });
  const { TableName, Discarded } = (await deploy(engine, assembly)).outputs(name);

  const dynamodb = new DynamoDBClient(engine.sdkClientConfig);
  const put = async (id: string, gate = '') => {
    await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id }, gate: { S: gate } } }));
  };
  let gates = 0;
  const lines = (file: string) => existsSync(join(directory, file)) ? readFileSync(join(directory, file), 'utf8').trim().split('\n') : [];
  const invocations = (): Invocation[] => lines('invocations').map((line) => JSON.parse(line));

  /** Keeps the function busy with one record, so that records which are put meanwhile become one batch. */
  const hold = async () => {
    const gate = `gate-${++gates}`;
    await put('gate', gate);
    await until(() => lines('held').includes(gate));
    return () => writeFileSync(join(directory, gate), '');
  };
  return {
    hold,
    /** Puts items whose records become one batch, and waits until it is done. */
    put: async (ids: string[]) => {
      const release = await hold();
      for (const id of ids) {
        await put(id);
      }
      release();
      await until(() => invocations().some((invocation) => invocation.ids.includes(ids.at(-1)!)));
    },
    invocations,
    /** Ids of the records whose invocation did not throw. */
    done: () => lines('done').flatMap((line) => line.split(',')),
    discarded: () => receiveJson(engine, Discarded),
  };
}

function without(id: string): ReturnType<typeof FilterCriteria.filter> {
  return FilterCriteria.filter({ dynamodb: { Keys: { id: { S: FilterRule.notEquals(id) } } } });
}

function aTable(stack: Stack): Table {
  const table = new Table(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING }, stream: StreamViewType.NEW_IMAGE });
  new CfnOutput(stack, 'TableName', { value: table.tableName });
  return table;
}

function addSource(handler: Function, table: Table, props: Partial<DynamoEventSourceProps>, overrides: Record<string, unknown>): void {
  handler.addEventSource(new DynamoEventSource(table, { startingPosition: StartingPosition.TRIM_HORIZON, ...props }));
  const mapping = handler.node.findAll().find((child) => child instanceof CfnEventSourceMapping) as CfnEventSourceMapping;
  for (const [property, value] of Object.entries(overrides)) {
    mapping.addPropertyOverride(property, value);
  }
}

function handlerOf(directory: string, code: string): string {
  return `
    const fs = require('fs');
    const lines = file => fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\\n').length - 1 : 0;
    const append = (file, line) => fs.appendFileSync('${directory}/' + file, line + '\\n');
    exports.handler = async ({ Records }, { awsRequestId: requestId }) => {
      const ids = Records.map(({ dynamodb }) => dynamodb.Keys.id.S);
      if (ids[0] === 'gate') {
        const gate = Records[0].dynamodb.NewImage.gate.S;
        append('held', gate);
        while (!fs.existsSync('${directory}/' + gate)) await new Promise(resolve => setTimeout(resolve, 5));
        return;
      }
      const earlier = lines('${directory}/invocations');
      append('invocations', JSON.stringify({ requestId, ids, sequenceNumber: Records[0].dynamodb.SequenceNumber }));
      const report = failed => ({ batchItemFailures: Records
        .filter(({ dynamodb }) => failed.includes(dynamodb.Keys.id.S))
        .map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) });
      const response = (() => { ${code} })();
      append('done', ids.join());
      return response;
    };`;
}
