import { ReportTo } from './wire';

/** Defines what the functions of long work hand to the state machine that runs it. Imports only the wire. */

/** A task as the work gets it: from a state machine its input, from a container its environment. */
export interface WorkTask {
  readonly taskId: string;
  readonly type: string;
  readonly payload?: unknown;
  /** Where the payload is if it is too long to be handed over. */
  readonly payloadObject?: PayloadObject;
  readonly owner?: string;
  readonly createdAt: string;
  readonly deadlineAt: string;
  readonly reportTo: ReportTo;
  /** Trace context of the request that created the task. Missing if the task was created by an earlier version. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** An object in the result bucket that holds a payload. */
export interface PayloadObject {
  readonly bucketName: string;
  readonly key: string;
}

/** Input of the state machine that runs the work. */
export interface WorkInput {
  readonly task: WorkTask;
  /** How often the work has been started, with this time. */
  readonly attempt: 1;
  /** How often ECS has reclaimed the container. Missing if the work is a state machine. */
  readonly reclaims?: 0;
  /** The environment variables of the container. Missing if the work is a state machine. */
  readonly environment?: readonly EnvironmentVariable[];
}

/** An environment variable as ECS takes it. */
export interface EnvironmentVariable {
  readonly Name: string;
  readonly Value: string;
}

/** The environment variables of a container. */
export interface ContainerEnvironment {
  readonly TASK_ID: string;
  readonly TASK_TYPE: string;
  readonly TASK_OWNER?: string;
  /** JSON. Missing without a payload. */
  readonly TASK_PAYLOAD?: string;
  /** `s3://bucket/key` of a payload that is too long for a variable. */
  readonly TASK_PAYLOAD_URI?: string;
  readonly TASK_CREATED_AT: string;
  readonly TASK_DEADLINE: string;
  /** JSON of {@link ReportTo}. */
  readonly TASK_REPORT_TO: string;
  /** The names are those of OpenTelemetry: https://opentelemetry.io/docs/specs/otel/context/env-carriers/. */
  readonly TRACEPARENT?: string;
  /** Missing, too, if there is no room for it. */
  readonly TRACESTATE?: string;
  /** `s3://bucket/key` of the result. Missing if the TaskManager has no bucket. */
  readonly TASK_RESULT_URI?: string;
}

/**
 * Maximum length of an execution's input.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const MAX_EXECUTION_BYTES = 256 * 1024;

/** What the state that starts the work adds to the task, at most: ARNs and names. */
export const EXECUTION_MARGIN_BYTES = 1024;

/**
 * Maximum number of characters of the overrides of an ECS task, as JSON.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
 */
export const MAX_OVERRIDES = 8192;

/** Returns a time of the protocol in the characters that a name can have: `20261126T181906123Z`. */
export function compactTime(time: string): string {
  return time.replace(/[^0-9TZ]/g, '');
}
