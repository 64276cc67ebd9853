import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import * as v from 'valibot';
import { EventSender, Refusal } from './event-sender';
import { ERROR_CODE, EVENT } from '../../protocol/wire';
import { storableText } from '../support/json';
import { failure, MAX_ERROR_MESSAGE, TaskUpdate, withStorableResult } from '../task/task-report';

export interface ReporterOptions {
  readonly sender: EventSender;
}

/** What Lambda tells a destination of an asynchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
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

/** What is of another type is as good as not there. */
const ErrorText = v.fallback(v.optional(v.string()), undefined);
const FunctionError = v.object({ errorType: ErrorText, errorMessage: ErrorText });

/** Reports in the place of a processor's function: that it failed for good, or what it returned. */
export class Reporter {
  constructor(private readonly options: ReporterOptions) {}

  /** Throws when the report was not taken, so that Lambda tries again. */
  async report(event: unknown): Promise<void> {
    const record = v.safeParse(InvocationRecord, event);
    if (!record.success) {
      // The function is also invoked by somebody else, for something else.
      console.info({ message: 'invocation ignored: it was for no task' });
      return;
    }
    const { requestPayload: { detail: { taskId, createdAt, reportTo } }, requestContext: { condition }, responsePayload } = record.output;
    const task = { taskId, taskCreatedAt: createdAt };
    const send = async (update: TaskUpdate): Promise<Refusal[]> => this.options.sender.send([updatedEvent(reportTo, update)]);
    const update = withStorableResult(updateFor(task, condition, responsePayload));
    let refusals = await send(update);
    if (refusals.some(({ isPermanent }) => isPermanent)) refusals = await send(withoutContents(update));
    if (refusals.length > 0) throw new Error(`the report of task ${taskId} was refused`);
  }
}

type ReportedTask = Pick<TaskUpdate, 'taskId' | 'taskCreatedAt'>;

function updateFor(task: ReportedTask, condition: string, responsePayload: unknown): TaskUpdate {
  if (condition === 'Success') return { ...task, status: 'SUCCESSFUL', result: responsePayload };
  if (condition === 'EventAgeExceeded') {
    return failure(task, { code: ERROR_CODE.DELIVERY_FAILED, message: 'the processor took no event for as long as one may wait' });
  }
  return failure(task, { code: ERROR_CODE.PROCESSOR_FAILED, message: errorText(responsePayload) });
}

/** Ends the task all the same when EventBridge takes, for whatever reason, no event with what the function returned or threw. */
function withoutContents(update: TaskUpdate): TaskUpdate {
  return update.status === 'FAILED'
    ? failure(update, { code: update.error.code, message: 'the processor failed, and EventBridge refused to tell why' })
    : failure(update, { code: ERROR_CODE.INVALID_RESULT, message: 'EventBridge refused the result' });
}

/** The type and the message of what the function threw, and nothing else of its response. */
function errorText(responsePayload: unknown): string {
  const error = v.safeParse(FunctionError, responsePayload);
  const texts = error.success ? [error.output.errorType, error.output.errorMessage].filter(Boolean) : [];
  return storableText(texts.join(': '), MAX_ERROR_MESSAGE) || 'the processor failed without saying why';
}

function updatedEvent({ eventBusName, source }: { eventBusName: string; source: string }, update: TaskUpdate): PutEventsRequestEntry {
  return { EventBusName: eventBusName, Source: source, DetailType: EVENT.UPDATED, Detail: JSON.stringify(update) };
}
