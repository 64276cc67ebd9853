import { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import { EventSender, Refusal } from './event-sender';
import { ReportTarget, updatedEvent } from './events';
import { storableText } from '../../protocol/json';
import { MAX_ERROR_CODE, MAX_ERROR_MESSAGE } from '../../protocol/limits';
import { ERROR_CODE, EVENT, TASK_END, TaskUpdatedDetail } from '../../protocol/wire';
import { handleMessages } from '../support/message-batch';
import { taskFields } from '../support/task-fields';
import { failure, ReportedTask, withStorableResult } from '../task/task-report';

export interface ReporterOptions {
  readonly sender: EventSender;
  /** How often a function gets an event from its queue. Missing if it has no queue. */
  readonly attempts?: number;
}

/** The event of a task, which the function of a processor got. */
const ProcessedEvent = v.object({
  'detail-type': v.literal(EVENT.CREATED),
  'detail': v.object({
    taskId: v.string(),
    type: v.optional(v.string()),
    createdAt: v.optional(v.string()),
    reportTo: v.object({ eventBusName: v.string(), source: v.string() }),
    traceparent: v.optional(v.string()),
  }),
});

/** The same, as the body of a message. */
const ProcessedMessage = v.pipe(v.string(), v.parseJson(), ProcessedEvent);

/**
 * The record that Lambda sends to a destination of an asynchronous invocation.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
const InvocationRecord = v.object({
  requestContext: v.object({ condition: v.string() }),
  requestPayload: ProcessedEvent,
  responsePayload: v.optional(v.unknown()),
});

/** A value of another type counts as missing. */
const ErrorText = v.fallback(v.optional(v.string()), undefined);
const FunctionError = v.object({ errorType: ErrorText, errorMessage: ErrorText });

/** A text, cut to what a task can have: EventBridge would refuse a report with half a surrogate pair, and the task would stay open. */
const text = (maxCharacters: number) => v.pipe(v.string(), v.transform((value) => storableText(value, maxCharacters)));

/** What a function returns that has ended its task itself, if a plain result does not show how. */
const EndedTask = v.strictObject({
  [TASK_END]: v.variant('status', [
    v.object({ status: v.literal('FAILED'), error: v.object({ code: text(MAX_ERROR_CODE), message: text(MAX_ERROR_MESSAGE) }) }),
    v.object({
      status: v.literal('SUCCESSFUL'),
      result: v.optional(v.unknown()),
      resultObject: v.object({ key: v.string(), contentType: v.optional(v.string()), fileName: v.optional(v.string()) }),
    }),
  ]),
});

/** Reports in place of a processor's function: that it failed permanently, or what it returned. */
export class Reporter {
  constructor(private readonly options: ReporterOptions) {}

  /** Reports how an invocation ended. Throws if EventBridge refuses the report, so that Lambda retries. */
  public async report(event: unknown): Promise<void> {
    const record = v.safeParse(InvocationRecord, event);
    if (!record.success) {
      // The function is also invoked by others, for other purposes.
      console.info({ message: 'invocation ignored: it was not for a task' });
      return;
    }
    const { requestPayload: { detail }, requestContext: { condition }, responsePayload } = record.output;
    const task = { taskId: detail.taskId, taskCreatedAt: detail.createdAt };
    try {
      await this.send(withStorableResult(detailFor(task, condition, responsePayload)), detail.reportTo);
    } catch (error) {
      console.error({ message: 'report failed', ...taskFields(detail), error: String(error) });
      throw error;
    }
  }

  /**
   * Reports that a processor's function has failed in each attempt to process the events in these messages. A message whose report is
   * refused stays in the queue.
   */
  public async reportFailures(event: SQSEvent): Promise<SQSBatchResponse> {
    return handleMessages(event, 'report failed', ({ body }) => this.reportFailure(body));
  }

  private async reportFailure(body: string): Promise<void> {
    const event = v.safeParse(ProcessedMessage, body);
    if (!event.success) {
      // The rule of the processor sends nothing else. Nobody could ever process it, so it must not come back.
      console.error({ message: 'message ignored: it is not the event of a task' });
      return;
    }
    const { taskId, createdAt, reportTo } = event.output.detail;
    const message = `the processor failed, timed out or was not available in each of ${this.options.attempts} attempts`;
    await this.send(failure({ taskId, taskCreatedAt: createdAt }, { code: ERROR_CODE.PROCESSOR_FAILED, message }), reportTo);
  }

  private async send(detail: TaskUpdatedDetail, reportTo: ReportTarget): Promise<void> {
    const attempt = async (report: TaskUpdatedDetail): Promise<Refusal[]> => this.options.sender.send([updatedEvent(reportTo, report)]);
    let refusals = await attempt(detail);
    if (refusals.some(({ isPermanent }) => isPermanent)) refusals = await attempt(withoutContents(detail));
    if (refusals.length > 0) throw new Error(`EventBridge refused the report of task ${detail.taskId}`);
  }
}

function detailFor(task: ReportedTask, condition: string, responsePayload: unknown): TaskUpdatedDetail {
  if (condition === 'Success') {
    const ended = v.safeParse(EndedTask, responsePayload);
    return { ...task, ...(ended.success ? ended.output[TASK_END] : { status: 'SUCCESSFUL', result: responsePayload }) };
  }
  if (condition === 'EventAgeExceeded') {
    return failure(task, { code: ERROR_CODE.DELIVERY_FAILED, message: 'the processor did not accept the event before it expired' });
  }
  return failure(task, { code: ERROR_CODE.PROCESSOR_FAILED, message: errorText(responsePayload) });
}

/** Makes a report that ends the task without the contents of the one that EventBridge refused. */
function withoutContents(detail: TaskUpdatedDetail): TaskUpdatedDetail {
  return detail.status === 'FAILED'
    ? failure(detail, { code: detail.error.code, message: 'the processor failed, and EventBridge refused its error message' })
    : failure(detail, { code: ERROR_CODE.INVALID_RESULT, message: 'EventBridge refused the result' });
}

/** Returns the type and message of the error that the function threw, and nothing else from its response. */
function errorText(responsePayload: unknown): string {
  const error = v.safeParse(FunctionError, responsePayload);
  const texts = error.success ? [error.output.errorType, error.output.errorMessage].filter(Boolean) : [];
  return storableText(texts.join(': '), MAX_ERROR_MESSAGE) || 'the processor failed without an error message';
}
