/** Defines how a task keeps the trace context of its request: https://www.w3.org/TR/trace-context/. Imports nothing. */

/** The trace context of the request that created a task. */
export interface TraceContext {
  /** In the form of version 00: the ids of the trace and of the caller's span, and flags. */
  readonly traceparent: string;
  /** What the tracing systems of the callers add, at most 512 characters. */
  readonly tracestate?: string;
}

/** Returns the trace id of a traceparent, for log lines; undefined for a task of an earlier version, which has none. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return /^00-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1];
}
