import type { ReportTo } from '../../../src/protocol/wire';
import type { ReceivedTask } from '../event';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a ContainerTaskProcessor passes to its container. */
export interface ContainerTask {
  readonly task: ReceivedTask;
  /** `s3://bucket/key` of a payload that is too long for the environment. */
  readonly payloadUri?: string;
  /** `s3://bucket/key` of the object that says how the task ended. Missing if the TaskManager has no bucket for results. */
  readonly resultUri?: string;
}

/** @throws Error if a variable is missing or not valid. The message does not quote it. */
export function parseEnvironment(env: Environment): ContainerTask {
  const required = (name: string): string => {
    if (!env[name]) throw new Error(`${name} is missing: runTask works in a container that a ContainerTaskProcessor starts`);
    return env[name];
  };
  return {
    task: {
      taskId: required('TASK_ID'),
      type: required('TASK_TYPE'),
      owner: env.TASK_OWNER,
      payload: env.TASK_PAYLOAD ? parseJson('TASK_PAYLOAD', env.TASK_PAYLOAD) : undefined,
      createdAt: required('TASK_CREATED_AT'),
      deadlineAt: required('TASK_DEADLINE'),
      reportTo: parseReportTo(required('TASK_REPORT_TO')),
      traceparent: env.TRACEPARENT,
      tracestate: env.TRACESTATE,
    },
    payloadUri: env.TASK_PAYLOAD_URI,
    resultUri: env.TASK_RESULT_URI,
  };
}

/** @throws Error if the text is not JSON. The message names the text, and does not quote it. */
export function parseJson(name: string, text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} is not JSON`);
  }
}

function parseReportTo(text: string): ReportTo {
  const reportTo = parseJson('TASK_REPORT_TO', text);
  if (!reportTo?.eventBusName || !reportTo.source) throw new Error('TASK_REPORT_TO must have an eventBusName and a source');
  return reportTo;
}
