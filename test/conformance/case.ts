/** The format of cases.json, which README.md describes. */

export interface Conformance {
  readonly startAt: string;
  readonly createdEvent: { readonly detail: CreatedDetail };
  readonly environment: Record<string, unknown>;
  readonly queueRecord: { readonly attributes: object; readonly eventSourceARN: string };
  readonly cases: Case[];
}

interface CreatedDetail {
  readonly taskId: string;
  readonly type: string;
  readonly createdAt: string;
  readonly traceparent: string;
  readonly reportTo: { readonly eventBusName: string; readonly source: string; readonly statusReaderArn: string };
}

export interface Case {
  readonly name: string;
  /** Instead of an event: the case is about a container. */
  readonly container?: {
    readonly environment?: Record<string, unknown>;
    readonly objects?: Record<string, unknown>;
    readonly bucket?: { readonly operation: 'read' | 'write'; readonly times: number | 'always' }[];
  };
  readonly event?: {
    readonly patch?: { readonly detail?: { readonly traceparent?: null } };
    readonly queue?: { readonly receiveCount?: number; readonly records?: number; readonly body?: string };
    readonly raw?: unknown;
  };
  readonly options?: {
    readonly heartbeatSeconds?: number;
    readonly progressIntervalSeconds?: number;
    readonly statusIntervalSeconds?: number;
    readonly schema?: SchemaScript;
  };
  readonly remainingMs?: number;
  readonly statusReader?: StatusAnswer[];
  readonly eventBus?: { readonly status: string; readonly times: number | 'always'; readonly answer: 'refuses' | 'throws' }[];
  readonly queue?: { readonly maxReceiveCount?: number; readonly fails?: true };
  readonly work: Step[];
  readonly expected: Expected;
}

export interface Expected {
  readonly workStarts?: boolean;
  readonly reports: { readonly sequence?: number }[];
  readonly outcome: Outcome;
  readonly statusRequests?: number;
  readonly uploads?: object[];
  readonly warnings?: number;
  readonly prints?: number;
}

export type StatusAnswer = string | { readonly throws: true } | { readonly fails: true };

export type SchemaScript =
  | { readonly returns: unknown }
  | { readonly issues: { readonly path: (string | number)[]; readonly message: string }[] };

export type Outcome =
  | { readonly exits: number; readonly stores?: unknown }
  | { readonly returns: unknown }
  | { readonly throws: { readonly name?: string; readonly message?: string } };

export type Step =
  | { readonly expectPayload: unknown }
  | { readonly expectTrace: { readonly traceparent: string | null; readonly tracestate: string | null } }
  | { readonly advanceMs: number }
  | { readonly progress: { readonly percent?: number; readonly message?: string }; readonly rejects?: unknown }
  | { readonly upload: { readonly body: string; readonly contentType: string; readonly fileName?: string }; readonly rejects?: unknown }
  | { readonly sigterm: true }
  | { readonly waitUntilCancelled: { readonly reason: string; readonly status?: string; readonly atMs: number } }
  | { readonly return: unknown }
  | { readonly returnNothing: true }
  | { readonly returnUnserializable: true }
  | { readonly fail: { readonly code: string; readonly message: string } }
  | { readonly throw: { readonly name: string; readonly message: string } }
  | { readonly throwReason: true };

/** Replaces the objects that stand for other values, at any depth. */
export function expanded(value: any): any {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(expanded);
  if ('$repeat' in value) return value.$repeat.repeat(value.times);
  if ('$nested' in value) return JSON.parse('['.repeat(value.$nested) + ']'.repeat(value.$nested));
  if ('$contains' in value) return expect.stringContaining(value.$contains);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, expanded(member)]));
}

/** Replaces the names of uploaded objects by their keys. */
export function withKeys(value: unknown, keys: string[]): any {
  if (typeof value === 'string') return value.replace(/^\$upload(\d+)$/, (_, i) => keys[i]);
  if (typeof value !== 'object' || value === null || 'asymmetricMatch' in value) return value;
  if (Array.isArray(value)) return value.map((member) => withKeys(member, keys));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withKeys(member, keys)]));
}

/** Makes the event that the handler of a case gets. */
export function eventOf({ event: { patch, queue, raw } = {} }: Case, { createdEvent, queueRecord }: Conformance): unknown {
  if (raw !== undefined) return raw;
  const created = merge(createdEvent, patch);
  if (!queue) return created;
  const { receiveCount = 1, records = 1, body = JSON.stringify(created) } = queue;
  const attributes = { ...queueRecord.attributes, ApproximateReceiveCount: String(receiveCount) };
  return { Records: Array.from({ length: records }, () => ({ ...queueRecord, attributes, body })) };
}

/** Makes the environment of the container of a case. */
export function environmentOf({ container }: Case, { environment }: Conformance): Record<string, string> {
  return Object.fromEntries(Object.entries(merge(environment, container!.environment)).map(([name, value]) => [name, asText(value)]));
}

/** Returns the trace id of the task of a case; undefined if the task has none. */
export function traceIdOf({ event, container }: Case, { createdEvent }: Conformance): string | undefined {
  const hasNone = event?.patch?.detail?.traceparent === null || container?.environment?.TRACEPARENT === null;
  return hasNone ? undefined : createdEvent.detail.traceparent.split('-')[1];
}

/** Returns the text of a variable or an object. What is not a text is JSON. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** RFC 7386. */
function merge(target: any, patch: any): any {
  if (typeof patch !== 'object' || patch === null) return patch === undefined ? target : patch;
  const merged = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}
