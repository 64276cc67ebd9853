import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import * as v from 'valibot';
import { EventSender } from './event-sender';
import { failure, TaskUpdate, withStorableResult } from './task';
import { ERROR_CODE, EVENT } from '../protocol';

export interface ProcessorReporterOptions {
  readonly sender: EventSender;
}

/** What Lambda tells a destination of an asynchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const InvocationRecord = v.object({
  requestContext: v.object({ condition: v.string() }),
  requestPayload: v.object({
    'detail-type': v.literal(EVENT.CREATED),
    'detail': v.object({ taskId: v.string(), reportTo: v.object({ eventBusName: v.string(), source: v.string() }) }),
  }),
  responsePayload: v.optional(v.unknown()),
});

const FunctionError = v.object({ errorType: v.optional(v.string()), errorMessage: v.optional(v.string()) });

/** Reports in the place of a processor's function: that it failed for good, or what it returned. */
export class ProcessorReporter {
  constructor(private readonly options: ProcessorReporterOptions) {}

  /** Throws when the report was not taken, so that Lambda tries again. */
  async report(event: unknown): Promise<void> {
    const record = v.safeParse(InvocationRecord, event);
    if (!record.success) {
      // The function is also invoked by somebody else, for something else.
      console.info({ message: 'invocation ignored: it was for no task' });
      return;
    }
    const { requestPayload: { detail }, requestContext: { condition }, responsePayload } = record.output;
    const update = withStorableResult(updateFor(detail.taskId, condition, responsePayload));
    const refusals = await this.options.sender.send([updatedEvent(detail.reportTo, update)]);
    if (refusals.length > 0) throw new Error(`the report of task ${detail.taskId} was refused`);
  }
}

function updateFor(taskId: string, condition: string, responsePayload: unknown): TaskUpdate {
  if (condition === 'Success') return { taskId, status: 'SUCCESSFUL', result: responsePayload };
  if (condition === 'EventAgeExceeded') {
    return failure(taskId, { code: ERROR_CODE.DELIVERY_FAILED, message: 'the processor took no event for as long as one may wait' });
  }
  return failure(taskId, { code: ERROR_CODE.PROCESSOR_FAILED, message: errorText(responsePayload) });
}

/** The type and the message of what the function threw, and nothing else of its response. */
function errorText(responsePayload: unknown): string {
  const error = v.safeParse(FunctionError, responsePayload);
  const texts = error.success ? [error.output.errorType, error.output.errorMessage].filter(Boolean) : [];
  return texts.join(': ') || 'the processor failed without saying why';
}

function updatedEvent({ eventBusName, source }: { eventBusName: string; source: string }, update: TaskUpdate): PutEventsRequestEntry {
  return { EventBusName: eventBusName, Source: source, DetailType: EVENT.UPDATED, Detail: JSON.stringify(update) };
}
