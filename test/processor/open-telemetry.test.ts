import * as otel from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Task, TaskFailure, taskProcessor, TaskWork } from '../../processor/src';
import { taskServices } from '../../processor/src/aws-services';
import { systemClock } from '../../processor/src/clock';
import { runIn } from '../../processor/src/container/run';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { FakeProcess } from '../support/fake-process';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const API = Symbol.for('opentelemetry.js.api.1');

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('test');
const contexts = new AsyncLocalStorageContextManager();

beforeEach(() => {
  otel.context.setGlobalContextManager(contexts.enable());
  otel.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  otel.trace.setGlobalTracerProvider(provider);
});

afterEach(() => {
  for (const api of [otel.context, otel.propagation, otel.trace]) api.disable();
  exporter.reset();
});

/** Returns an event of a task in a trace. */
function event(detail: Partial<TaskCreatedDetail> = {}) {
  const now = new Date().toISOString();
  const reportTo = { eventBusName: 'bus', source: 'source' };
  const task = { taskId: 'id', type: 'export', createdAt: now, deadlineAt: '2999-01-01T00:00:00.000Z', reportTo, traceparent: TRACEPARENT, ...detail };
  return { 'detail-type': 'TaskCreatedEvent', 'time': now, 'detail': task };
}

const eventBridge = { send: async () => ({ FailedEntryCount: 0 }) } as any;
const logger = { info: () => {}, warn: () => {} };

function processorOf(work: TaskWork) {
  return taskProcessor(work, { eventBridge, logger });
}

const spans = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const span = (name: string) => {
  const [one, ...more] = spans(name);
  expect(more).toEqual([]);
  return one;
};

/** Does something in a span of the user. */
async function traced(name: string): Promise<void> {
  await tracer.startActiveSpan(name, async (one) => {
    await new Promise(setImmediate);
    one.end();
  });
}

test('the spans of the work are in the trace of the request', async () => {
  await processorOf(async () => {
    await traced('read');
    await traced('write');
    return 1;
  })(event());
  const process = span('process export');
  expect(process.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: 'b7ad6b7169203331', isRemote: true });
  for (const name of ['read', 'write']) {
    expect(span(name).spanContext().traceId).toBe(TRACE_ID);
    expect(span(name).parentSpanContext!.spanId).toBe(process.spanContext().spanId);
  }
});

test('the span of a task follows the conventions for messages', async () => {
  await processorOf(() => 1)(event());
  const process = span('process export');
  expect(process.kind).toBe(otel.SpanKind.CONSUMER);
  expect(process.attributes).toEqual({
    'messaging.system': 'cdk-task-manager',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'export',
    'messaging.message.id': 'id',
  });
  expect(process.links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331']);
  expect(process.status).toEqual({ code: otel.SpanStatusCode.UNSET });
});

test('the work gets the context of the request, with the state of its trace', async () => {
  const handler = processorOf(({ traceparent, tracestate }) => {
    const headers: Record<string, string> = {};
    otel.propagation.inject(otel.context.active(), headers);
    return { traceparent, tracestate, headers };
  });
  const { traceparent, tracestate, headers } = await handler(event({ tracestate: 'vendor=1' })) as any;
  expect({ traceparent, tracestate }).toEqual({ traceparent: TRACEPARENT, tracestate: 'vendor=1' });
  expect(headers).toEqual({ traceparent: `00-${TRACE_ID}-${span('process export').spanContext().spanId}-01`, tracestate: 'vendor=1' });
});

test('the span of the invocation is linked if it is of another trace', async () => {
  await tracer.startActiveSpan('invocation', async (invocation) => {
    await processorOf(async () => traced('read'))(event());
    invocation.end();
  });
  expect(span('invocation').spanContext().traceId).not.toBe(TRACE_ID);
  expect(span('read').spanContext().traceId).toBe(TRACE_ID);
  expect(span('process export').links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331', span('invocation').spanContext().spanId]);
});

test('the span of the invocation is the parent if it is of the same trace', async () => {
  const request = otel.propagation.extract(otel.ROOT_CONTEXT, { traceparent: TRACEPARENT });
  await tracer.startActiveSpan('invocation', {}, request, async (invocation) => {
    await processorOf(() => 1)(event());
    invocation.end();
  });
  expect(span('process export').parentSpanContext!.spanId).toBe(span('invocation').spanContext().spanId);
  expect(span('process export').links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331']);
});

test('tasks at the same time keep their traces', async () => {
  const ids = Array.from({ length: 20 }, (_, i) => String(i).padStart(32, 'a'));
  const handler = processorOf(async ({ taskId }) => {
    await traced(`1 ${taskId}`);
    await traced(`2 ${taskId}`);
  });
  await Promise.all(ids.map(async (id) => handler(event({ taskId: id, traceparent: `00-${id}-b7ad6b7169203331-01` }))));
  expect(ids.flatMap((id) => [span(`1 ${id}`), span(`2 ${id}`)]).map((one) => one.spanContext().traceId)).toEqual(ids.flatMap((id) => [id, id]));
});

test('a request that is not sampled is not sampled in the work', async () => {
  const handler = processorOf(() => otel.trace.getActiveSpan()!.spanContext());
  expect(await handler(event({ traceparent: `00-${TRACE_ID}-b7ad6b7169203331-00` }))).toMatchObject({ traceId: TRACE_ID, traceFlags: 0 });
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test('a task of an earlier version, without a trace, gets one of its own', async () => {
  await processorOf(async () => traced('read'))(event({ traceparent: undefined }));
  const process = span('process export');
  expect(process.parentSpanContext).toBeUndefined();
  expect(process.links).toEqual([]);
  expect(span('read').parentSpanContext!.spanId).toBe(process.spanContext().spanId);
});

describe('work that throws', () => {
  test.each<[string, unknown, string]>([
    ['a TaskFailure, by its code', new TaskFailure('UnknownTable', 'confidential'), 'UnknownTable'],
    ['another error, by its name', new TypeError('confidential'), 'TypeError'],
    ['an error of the system, by its code', Object.assign(new Error('confidential'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['something else', 'confidential', '_OTHER'],
    ['nothing', undefined, '_OTHER'],
  ])('fails the span, which names %s', async (_, error, type) => {
    const handling = processorOf(async () => {
      await traced('read');
      throw error;
    })(event());
    await expect(handling.catch((thrown) => Promise.resolve({ thrown }))).resolves.toEqual(error instanceof TaskFailure
      ? { 'cdk-task-manager:end': { status: 'FAILED', error: { code: 'UnknownTable', message: 'confidential' } } } : { thrown: error });
    const process = span('process export');
    expect(process.status).toEqual({ code: otel.SpanStatusCode.ERROR });
    expect(process.attributes['error.type']).toBe(type);
    expect(process.events).toEqual([]);
    expect(span('read').spanContext().traceId).toBe(TRACE_ID);
  });

  test('fails the span also if it throws before its first await', async () => {
    await expect(processorOf(() => { throw new Error('at once'); })(event())).rejects.toThrow('at once');
    expect(span('process export').status.code).toBe(otel.SpanStatusCode.ERROR);
  });
});

test('without a tracer, the context of the request is active', async () => {
  otel.trace.disable();
  expect((globalThis as any)[API].trace).toBeUndefined();
  expect(await processorOf(async () => {
    await new Promise(setImmediate);
    return otel.trace.getSpanContext(otel.context.active())!.traceId;
  })(event())).toBe(TRACE_ID);
});

describe('a container', () => {
  // Time passes a thousand times faster.
  const clock = { ...systemClock, after: (ms: number, callback: () => void) => systemClock.after(ms / 1000, callback) };

  /** Runs work in a container. Returns the exit code of its process. */
  async function exitCodeOf(work: TaskWork): Promise<number | undefined> {
    const process = new FakeProcess({
      TASK_ID: 'id',
      TASK_TYPE: 'render',
      TASK_CREATED_AT: new Date().toISOString(),
      TASK_DEADLINE: '2999-01-01T00:00:00.000Z',
      TASK_REPORT_TO: JSON.stringify({ eventBusName: 'bus', source: 'source' }),
      TRACEPARENT,
      TRACESTATE: 'vendor=1',
    });
    await runIn(process, work, { logger }, taskServices(eventBridge, clock));
    return process.exitCode;
  }

  test('works in the trace of its request', async () => {
    let task: Task;
    expect(await exitCodeOf(async (one) => {
      task = one;
      await traced('read');
    })).toBe(0);
    expect(task!).toMatchObject({ traceparent: TRACEPARENT, tracestate: 'vendor=1' });
    expect(span('read').spanContext().traceId).toBe(TRACE_ID);
    expect(span('process render').parentSpanContext!.spanId).toBe('b7ad6b7169203331');
  });

  test('sends its spans before it exits, also those that wait for others', async () => {
    otel.trace.disable();
    otel.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }));
    expect(await exitCodeOf(() => undefined)).toBe(0);
    expect(spans('process render')).toHaveLength(1);
  });

  test.each<[string, () => unknown]>([
    ['fails', async () => { throw new Error('no collector'); }],
    ['throws', () => { throw new Error('no collector'); }],
    ['does not end', async () => new Promise(() => {})],
  ])('exits in the same way if the sending of its spans %s', async (_, forceFlush) => {
    otel.trace.disable();
    otel.trace.setGlobalTracerProvider(Object.assign(new BasicTracerProvider(), { forceFlush }));
    expect(await exitCodeOf(() => undefined)).toBe(0);
  });

  test('exits in the same way if the program has no tracer', async () => {
    otel.trace.disable();
    expect(await exitCodeOf(() => undefined)).toBe(0);
  });
});

describe('OpenTelemetry that is broken changes nothing', () => {
  const broken = () => { throw new Error('broken'); };
  const brokenSpan = { spanContext: broken, setStatus: broken, setAttribute: broken, end: broken };
  const starts = (...parameters: unknown[]) => (parameters.at(-1) as (one: unknown) => unknown)(brokenSpan);
  const working = () => ({
    context: contexts, propagation: new W3CTraceContextPropagator(), trace: { getTracer: () => ({ startActiveSpan: starts }) },
  });

  test.each<[string, object | undefined]>([
    ['is not set up', undefined],
    ['only has loggers', { diag: {} }],
    ['has no propagator', { ...working(), propagation: undefined }],
    ['extracts nothing', { ...working(), propagation: { extract: broken } }],
    ['has no tracer', { ...working(), trace: { getTracer: broken } }],
    ['can’t start a span', { ...working(), trace: { getTracer: () => ({ startActiveSpan: broken }) } }],
    ['throws after the start of a span', { ...working(), trace: { getTracer: () => ({ startActiveSpan: (...all: unknown[]) => { starts(...all); broken(); } }) } }],
    ['starts a span twice', { ...working(), trace: { getTracer: () => ({ startActiveSpan: (...all: unknown[]) => { starts(...all); starts(...all); } }) } }],
    ['starts no span', { ...working(), trace: { getTracer: () => ({ startActiveSpan: () => {} }) } }],
    ['has a span that throws', working()],
  ])('if it %s', async (_, api) => {
    const shared = globalThis as any;
    const before = shared[API];
    shared[API] = api;
    try {
      let runs = 0;
      const handler = processorOf(async ({ payload }) => {
        runs++;
        await new Promise(setImmediate);
        if (payload) throw new RangeError('work');
        return 'done';
      });
      expect(await handler(event())).toBe('done');
      await expect(handler(event({ payload: true }))).rejects.toThrow(new RangeError('work'));
      expect(runs).toBe(2);
    } finally {
      shared[API] = before;
    }
  });
});
