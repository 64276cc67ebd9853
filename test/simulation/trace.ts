import { TraceContext } from '../../src/protocol/trace-context';

/** The headers of tracing that a request has. */
export interface SentTrace {
  readonly headers: Record<string, string>;
  /** The trace context that its task must have; undefined if it must be a new one. */
  readonly context?: TraceContext;
}

/** Returns the headers of tracing of the nth request. They depend on no random number, so they change nothing else. */
export function sentTrace(n: number): SentTrace {
  const ids = `${n.toString(16).padStart(32, 'a')}-${n.toString(16).padStart(16, 'b')}`;
  const traceparent = `00-${ids}-01`;
  const variants: SentTrace[] = [
    { headers: {} },
    { headers: { traceparent, tracestate: 'rojo=1, congo=2' }, context: { traceparent, tracestate: 'rojo=1,congo=2' } },
    { headers: { TraceParent: traceparent }, context: { traceparent } },
    { headers: { traceparent: `ff-${ids}-01`, tracestate: 'rojo=1' } },
    { headers: { traceparent: `cc-${ids}-03-more`, tracestate: 'rojo' }, context: { traceparent } },
    { headers: { traceparent: traceparent.toUpperCase() } },
    { headers: { tracestate: 'rojo=1' } },
  ];
  return variants[n % variants.length];
}
