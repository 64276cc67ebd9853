/**
 * Converts the tracing header of X-Ray, `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. X-Ray writes the same
 * trace ids as W3C in another form.
 *
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 * @see https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html
 */

const ROOT = /(?:^|;) *Root=1-(?!0{8}-0{24})([0-9a-f]{8})-([0-9a-f]{24}) *(?:;|$)/;
const PARENT = /(?:^|;) *Parent=((?!0{16})[0-9a-f]{16}) *(?:;|$)/;
const SAMPLED = /(?:^|;) *Sampled=1 *(?:;|$)/;

export interface XRayTrace {
  readonly traceId: string;
  /** Missing if X-Ray has not recorded a segment yet. */
  readonly parentId?: string;
  readonly isSampled: boolean;
}

/** Parses a tracing header, whose fields can be in any order and can be missing. Returns undefined if it has no trace id. */
export function parseTraceHeader(header: string): XRayTrace | undefined {
  const root = ROOT.exec(header);
  return root ? { traceId: `${root[1]}${root[2]}`, parentId: PARENT.exec(header)?.[1], isSampled: SAMPLED.test(header) } : undefined;
}

/** Returns a traceparent as a tracing header. */
export function traceHeaderOf(traceparent: string): string {
  const [, traceId, parentId, flags] = traceparent.split('-');
  return `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${parentId};Sampled=${Number(`0x${flags}`) % 2}`;
}
