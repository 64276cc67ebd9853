import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import * as v from 'valibot';
import { EventSender, Refusal } from './event-sender';
import { ERROR_CODE, EVENT, TaskCreatedDetail, TaskUpdatedDetail } from '../../protocol/wire';
import { storableText } from '../support/json';
import { failure, MAX_ERROR_MESSAGE, ReportedTask, withStorableResult } from '../task/task-report';

export interface ReporterOptions {
  readonly sender: EventSender;
}

/**
 * The record that Lambda sends to a destination of an asynchronous invocation.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
const InvocationRecord = v.object({
  requestContext: v.object({ condition: v.string() }),
  requestPayload: v.object({
    'detail-type': v.literal(EVENT.CREATED),
    'detail': v.object({
      taskId: v.string(), createdAt: v.optional(v.string()), reportTo: v.object({ eventBusName: v.string(), source: v.string() }),
    }),
  }),
  responsePayload: v.optional(v.unknown()),
});

/** A value of another type counts as missing. */
const ErrorText = v.fallback(v.optional(v.string()), undefined);
const FunctionError = v.object({ errorType: ErrorText, errorMessage: ErrorText });

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
    const { requestPayload: { detail: { taskId, createdAt, reportTo } }, requestContext: { condition }, responsePayload } = record.output;
    const task = { taskId, taskCreatedAt: createdAt };
    const send = async (detail: TaskUpdatedDetail): Promise<Refusal[]> => this.options.sender.send([updatedEvent(reportTo, detail)]);
    const detail = withStorableResult(detailFor(task, condition, responsePayload));
    let refusals = await send(detail);
    if (refusals.some(({ isPermanent }) => isPermanent)) refusals = await send(withoutContents(detail));
    if (refusals.length > 0) throw new Error(`EventBridge refused the report of task ${taskId}`);
  }
}

function detailFor(task: ReportedTask, condition: string, responsePayload: unknown): TaskUpdatedDetail {
  if (condition === 'Success') return { ...task, status: 'SUCCESSFUL', result: responsePayload };
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

function updatedEvent({ eventBusName, source }: TaskCreatedDetail['reportTo'], detail: TaskUpdatedDetail): PutEventsRequestEntry {
  return { EventBusName: eventBusName, Source: source, DetailType: EVENT.UPDATED, Detail: JSON.stringify(detail) };
}
