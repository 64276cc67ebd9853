import type { Clock } from './clock';
import type { ReportTo, TaskStatusReply, TaskStatusRequest, TaskUpdatedDetail } from '../../src/protocol/wire';

/** Content of an upload. A stream is any async iterable, such as a `Readable`, a `ReadableStream` or an async generator. */
export type UploadBody = string | Uint8Array | AsyncIterable<Uint8Array | string>;

export interface UploadedObject {
  readonly bucket: string;
  readonly key: string;
  readonly body: UploadBody;
  readonly contentType: string;
}

/** What the work of a task needs of AWS and of the machine. */
export interface TaskServices {
  readonly clock: Clock;

  /** Rejects if EventBridge does not accept the report. */
  send(to: ReportTo, report: TaskUpdatedDetail): Promise<void>;

  /** Asks a StatusReader. */
  status(statusReaderArn: string, request: TaskStatusRequest): Promise<TaskStatusReply['status']>;

  upload(object: UploadedObject, signal: AbortSignal): Promise<void>;
}

/** What a function needs besides. */
export interface Services extends TaskServices {
  /** Returns how often a queue delivers a message at most; undefined if there is no limit. */
  maxReceiveCount(queueArn: string): Promise<number | undefined>;
}

/** The services of a fake task. */
export interface FakeServices extends Services {
  /** Passes a function that stops the work: because the task has ended with a status, or, without one, because the time is up. */
  onStop(stop: (status?: TaskStatusReply['status']) => void): void;
}

const FAKES = Symbol.for('cdk-task-manager-processor:fakes');

/** The services of the fake tasks of tests, by the ids of the tasks. All copies of this package share them. */
export function fakes(): Map<string, FakeServices> {
  const shared = globalThis as { [FAKES]?: Map<string, FakeServices> };
  return shared[FAKES] ??= new Map();
}
