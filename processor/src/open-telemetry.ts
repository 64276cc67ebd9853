import type { Clock } from './clock';
import type { ReceivedTask } from './event';

/** The part of OpenTelemetry's API that the helper uses. */
interface OpenTelemetry {
  readonly context: ContextManager;
  readonly propagation: { extract(context: Context, carrier: ReceivedTask, getter: typeof GETTER): Context };
  /** Missing if the program only passes contexts on. */
  readonly trace?: TracerProvider;
}

interface TracerProvider {
  getTracer(name: string): Tracer;
  /** Returns the provider of the program. Those of the SDK can send their spans at once. */
  getDelegate?(): { forceFlush?(): Promise<void> };
}

interface ContextManager {
  active(): Context;
  with<T>(context: Context, call: () => T): T;
}

interface Context {
  getValue(key: symbol): unknown;
}

interface Tracer {
  startActiveSpan<T>(name: string, options: object, parent: Context, call: (span: Span) => T): T;
}

interface Span {
  spanContext(): { readonly traceId: string };
  setAttribute(name: string, value: string): void;
  setStatus(status: { readonly code: number }): void;
  end(): void;
}

/** Where `@opentelemetry/api` puts what the program has set up. All copies of that package share it. */
const API = Symbol.for('opentelemetry.js.api.1');

/** Key of the active span in a context. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

/** Time to send the spans that are left when the process ends. */
const FLUSH_MS = 5_000;

const CONSUMER = 4;
const ERROR = 2;

const GETTER = {
  get: (task: ReceivedTask, name: string) => (task as unknown as Record<string, string>)[name],
  keys: Object.keys,
};

/**
 * Does the work of a task. If the program has set OpenTelemetry up, a span of the trace of the task is then active. The span follows the
 * [conventions](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/) for the processing of a message.
 */
export async function inTrace<T>(task: ReceivedTask, work: () => Promise<T>): Promise<T> {
  let working: Promise<T> | undefined;
  quietly(() => {
    const { context, propagation, trace } = api();
    const active = context.active();
    const ofTask = propagation.extract(active, task, GETTER);
    const start = (span?: Span) => { working ??= observed(work, span); };
    if (!trace) return context.with(ofTask, start);
    const [current, created] = [active, ofTask].map((one) => (one.getValue(SPAN) as Span | undefined)?.spanContext());
    // A span of the same trace, such as that of the invocation, stays the parent. One of another trace is linked.
    const isSameTrace = current?.traceId === created?.traceId;
    const links = isSameTrace ? [created] : [created, current];
    return trace.getTracer('cdk-task-manager-processor').startActiveSpan(`process ${task.type}`, {
      kind: CONSUMER,
      attributes: {
        'messaging.system': 'cdk-task-manager',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': task.type,
        'messaging.message.id': task.taskId,
      },
      links: links.filter(Boolean).map((linked) => ({ context: linked })),
    }, isSameTrace ? active : ofTask, start);
  });
  return working ?? work();
}

/** Sends the spans that wait to be sent together, before the process ends. */
export async function flushSpans({ after }: Clock): Promise<void> {
  let cancel: (() => void) | undefined;
  try {
    const flushing = api().trace?.getDelegate?.().forceFlush?.();
    if (flushing) await Promise.race([flushing, new Promise<void>((resolve) => { cancel = after(FLUSH_MS, resolve); })]);
  } catch { /* The end of the task does not depend on it. */ }
  cancel?.();
}

/** Returns what the program has set up: undefined if it does not use OpenTelemetry. The callers catch what follows. */
function api(): OpenTelemetry {
  return (globalThis as unknown as { readonly [API]: OpenTelemetry })[API];
}

async function observed<T>(work: () => Promise<T>, span: Span | undefined): Promise<T> {
  try {
    return await work();
  } catch (error: any) {
    quietly(() => {
      span?.setStatus({ code: ERROR });
      // Not its message, which can be confidential.
      span?.setAttribute('error.type', String(error?.code ?? error?.name ?? '_OTHER'));
    });
    throw error;
  } finally {
    quietly(() => span?.end());
  }
}

/** Calls OpenTelemetry, which may be missing or broken: that must not fail the task. */
function quietly(call: () => unknown): void {
  try {
    call();
  } catch { /* The work goes on without a trace. */ }
}
