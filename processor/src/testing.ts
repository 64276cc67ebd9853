/** Runs processors in unit tests: without AWS, and without mocks of modules. */
import {
  taskProcessor, type SchemaOutput, type StandardSchema, type TaskProcessorOptions, type TaskWork,
} from 'cdk-task-manager-processor';
import { systemClock } from './clock';
import { fakes, type FakeServices, type UploadBody } from './services';
import {
  EVENT, isTerminal, processorSource, type TaskResultObject, type TaskCreatedDetail, type TaskError, type TaskProgress, type TaskStatus,
  type TaskUpdatedDetail,
} from '../../src/protocol/wire';

/** Options of `fakeTask`. */
export interface FakeTaskOptions {
  /**
   * Task type.
   *
   * @default 'fake'
   */
  readonly type?: string;

  /**
   * Owner of the task.
   *
   * @default - none
   */
  readonly owner?: string;

  /**
   * Whether the TaskManager has a bucket for results.
   *
   * @default true
   */
  readonly resultBucket?: boolean;
}

/** An object that a processor uploaded. */
export interface FakeUpload {
  readonly body: Buffer;
  readonly contentType: string;
}

const EVENT_SOURCE = 'task-manager.fake';

/** Makes a task for a test. Run its processor with `run` or `runWork`, and look at what it did. */
export function fakeTask(payload?: unknown, options?: FakeTaskOptions): FakeTask {
  return new FakeTask(payload, options);
}

/** A task of a test. */
export class FakeTask {
  /** All reports of the processor, in order. */
  public readonly reports: TaskUpdatedDetail[] = [];

  /** All objects that the processor uploaded, in order. */
  public readonly uploads: FakeUpload[] = [];

  /** The event that the handler gets. */
  public readonly event: { readonly 'detail-type': string; readonly 'time': string; readonly 'detail': TaskCreatedDetail };

  private readonly stops = new Set<(status?: TaskStatus) => void>();
  private isCancelled = false;
  private isOutOfTime = false;
  private end?: TaskUpdatedDetail;

  constructor(payload: unknown, { type = 'fake', owner, resultBucket = true }: FakeTaskOptions = {}) {
    const now = new Date().toISOString();
    this.event = {
      'detail-type': EVENT.CREATED,
      'time': now,
      'detail': {
        taskId: crypto.randomUUID(),
        type,
        status: 'PENDING',
        version: 1,
        owner,
        // As it comes over HTTP.
        payload: payload === undefined ? undefined : JSON.parse(JSON.stringify(payload)),
        createdAt: now,
        updatedAt: now,
        deadlineAt: new Date(Date.now() + 24 * 3600 * 1000).toISOString(),
        traceparent: `00-${randomHex()}-${randomHex().slice(16)}-01`,
        reportTo: {
          eventBusName: 'fake', source: processorSource(EVENT_SOURCE, type), ...(resultBucket && { resultBucketName: 'fake' }),
        },
      },
    };
  }

  /** Status of the task. */
  public get status(): TaskStatus {
    return this.isCancelled ? 'CANCELLED' : this.end?.status ?? (this.reports.length > 0 ? 'RUNNING' : 'PENDING');
  }

  /** Result of the task. */
  public get result(): unknown {
    return this.end?.status === 'SUCCESSFUL' ? this.end.result : undefined;
  }

  /** The uploaded result of the task. */
  public get resultObject(): TaskResultObject | undefined {
    return this.end?.status === 'SUCCESSFUL' ? this.end.resultObject : undefined;
  }

  /** Why the task failed. */
  public get error(): TaskError | undefined {
    return this.end?.status === 'FAILED' ? this.end.error : undefined;
  }

  /** All progress that the processor reported, in order. */
  public get progress(): TaskProgress[] {
    return this.reports.flatMap((report) => report.status === 'RUNNING' && report.progress || []);
  }

  /** Cancels the task: the `signal` of its work aborts at once. */
  public cancel(): void {
    if (isTerminal(this.status)) return;
    this.isCancelled = true;
    for (const stop of this.stops) stop('CANCELLED');
  }

  /** Aborts the `signal` of the work, as shortly before the time-out of the function. */
  public runOutOfTime(): void {
    this.isOutOfTime = true;
    for (const stop of this.stops) stop();
  }

  /**
   * Runs a handler: one of `taskProcessor`, also inside of middleware. Rejects with the error that Lambda would get, and retry the task
   * for. Returns the fake task.
   */
  public async run(handler: (event: any, context: any, ...rest: any[]) => unknown): Promise<this> {
    const { taskId } = this.event.detail;
    fakes().set(taskId, this.services());
    try {
      await handler(this.event, CONTEXT);
    } finally {
      fakes().delete(taskId);
      this.stops.clear();
    }
    return this;
  }

  /** Runs the function that does the work, with options of `taskProcessor`. */
  public async runWork<Schema extends StandardSchema<unknown, unknown>>(
    work: TaskWork<SchemaOutput<Schema>, unknown>, options: TaskProcessorOptions & { readonly schema: Schema },
  ): Promise<this>;

  public async runWork<Payload>(work: TaskWork<Payload, unknown>, options?: TaskProcessorOptions): Promise<this>;

  public async runWork(work: TaskWork<any>, options?: TaskProcessorOptions): Promise<this> {
    return this.run(taskProcessor(work, options));
  }

  private services(): FakeServices {
    return {
      clock: systemClock,
      send: async (_, report) => {
        // The first terminal status stays.
        if (isTerminal(this.status)) return;
        this.reports.push(JSON.parse(JSON.stringify(report)));
        if (report.status !== 'RUNNING') this.end = this.reports.at(-1);
      },
      status: async () => this.status,
      upload: async ({ body, contentType }) => {
        this.uploads.push({ body: await contentOf(body), contentType });
      },
      maxReceiveCount: async () => undefined,
      onStop: (stop) => {
        this.stops.add(stop);
        if (this.isCancelled) stop('CANCELLED');
        if (this.isOutOfTime) stop();
      },
    };
  }
}

function randomHex(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

/** A context as Lambda passes it. */
const CONTEXT = {
  functionName: 'fake',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:111111111111:function:fake',
  memoryLimitInMB: '512',
  awsRequestId: '00000000-0000-0000-0000-000000000000',
  logGroupName: '/aws/lambda/fake',
  logStreamName: 'fake',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => 900_000,
};

async function contentOf(body: UploadBody): Promise<Buffer> {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
