import * as v from 'valibot';
import { TASK_ID, TASK_TYPE, TaskStatusRequest } from '../../protocol/wire';
import { dateOf } from '../support/date-time';

const StatusRequest = v.object({
  taskId: v.pipe(v.string(), v.regex(TASK_ID)),
  taskType: v.pipe(v.string(), v.regex(TASK_TYPE)),
  // A processor may have parsed the time of its event, and formatted it again.
  createdAt: v.pipe(v.string(), v.check((text) => dateOf(text) !== undefined), v.transform((text) => dateOf(text)!.toISOString())),
});

/** Parses the request of a processor. Throws an error that names the invalid parts and does not quote them. */
export function parseStatusRequest(event: unknown): TaskStatusRequest {
  const request = v.safeParse(StatusRequest, event);
  if (request.success) return request.output;
  const invalid = request.issues.flatMap((issue) => v.getDotPath(issue) ?? Object.keys(StatusRequest.entries));
  throw new Error(`malformed request: invalid or missing: ${invalid.join(', ')}`);
}
