import '../support/environment';
import { EventBridgeClient, PutEventsCommand, PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/status-publisher.lambda';
import { Task } from '../../src/runtime/task/task';
import { aContext, aStreamRecord, aTask, EVENT_SOURCE, STATUS_READER_ARN, TRACE } from '../support/builders';
import { captureMetricLines } from '../support/log-lines';

const eventbridge = mockClient(EventBridgeClient);
const sqs = mockClient(SQSClient);
const metricLines = captureMetricLines();

test('the handler publishes on the configured bus, and sends poison records to the configured queue', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  const poison = aStreamRecord(aTask(), { NewImage: undefined });
  expect(await handler({ Records: [aStreamRecord(aTask()), poison] }, aContext())).toEqual({ batchItemFailures: [] });
  expect(eventbridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => input.Entries)).toEqual([
    [expect.objectContaining({ EventBusName: 'Bus', Source: EVENT_SOURCE })],
  ]);
  expect(sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input.QueueUrl)).toEqual([process.env.DEAD_LETTER_QUEUE_URL]);
  expect(metricLines()).toEqual([expect.objectContaining({ TaskManager: EVENT_SOURCE, TasksCreated: 1 })]);
});

test('the handler names the function that reads the status of a task', async () => {
  eventbridge.reset();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  await handler({ Records: [aStreamRecord(aTask())] }, aContext());
  const [{ args: [{ input: { Entries: [entry] = [] } }] }] = eventbridge.commandCalls(PutEventsCommand);
  expect(JSON.parse(entry.Detail!).reportTo).toEqual({
    eventBusName: 'Bus', source: `${EVENT_SOURCE}.processor.export`, statusReaderArn: STATUS_READER_ARN,
  });
});

test.each(['true', undefined])('the handler adds the tracing headers of X-Ray if the constructs ask for them: %s', async (setting) => {
  if (setting !== undefined) process.env.X_RAY = setting;
  let loadedAgain: { handler: typeof handler };
  let published: () => PutEventsCommandInput[];
  jest.isolateModules(() => {
    const sdk = jest.requireActual<typeof import('@aws-sdk/client-eventbridge')>('@aws-sdk/client-eventbridge');
    const mock = mockClient(sdk.EventBridgeClient);
    mock.on(sdk.PutEventsCommand).resolves({ FailedEntryCount: 0 });
    published = () => mock.commandCalls(sdk.PutEventsCommand).map(({ args: [{ input }] }) => input);
    loadedAgain = jest.requireActual('../../src/runtime/status-publisher.lambda');
  });
  delete process.env.X_RAY;
  await loadedAgain!.handler({ Records: [aStreamRecord(aTask(TRACE))] }, aContext());
  const header = 'Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1';
  expect(published!()[0].Entries![0].TraceHeader).toBe(setting && header);
});

test('the handler sends all poison records by one SDK client', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  sqs.resetHistory();
  const poison = () => aStreamRecord(aTask(), { NewImage: undefined });
  await handler({ Records: [poison(), poison()] }, aContext());
  await handler({ Records: [poison()] }, aContext());
  const clients = sqs.commandCalls(SendMessageCommand).map(({ thisValue }) => thisValue);
  expect(clients).toHaveLength(3);
  expect(new Set(clients).size).toBe(1);
});

describe('the handler sends an old record to the dead-letter queue', () => {
  const old = (task: Partial<Task>) => aStreamRecord(aTask(task), { ApproximateCreationDateTime: 0 });

  beforeEach(() => {
    jest.spyOn(console, 'warn').mockImplementation();
    jest.spyOn(console, 'error').mockImplementation();
    sqs.resetHistory();
    eventbridge.reset();
  });

  test('if it has no time to read the payload', async () => {
    expect(await handler({ Records: [old({ payloadItem: 'payload#1' })] }, aContext(15_000))).toEqual({ batchItemFailures: [] });
    expect(sqs.commandCalls(SendMessageCommand)).toHaveLength(1);
  });

  test('if it has no time to send the event', async () => {
    eventbridge.restore();
    expect(await handler({ Records: [old({})] }, aContext(8_000))).toEqual({ batchItemFailures: [] });
    expect(sqs.commandCalls(SendMessageCommand)).toHaveLength(1);
  });
});
