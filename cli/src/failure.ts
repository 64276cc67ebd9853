import { CommandError, EXIT_CODE } from './errors';
import { errorColours } from './output/colours';
import { printable } from './output/text';
import { InvalidInput, TaskApiError, TaskClientError, TaskConnectionError } from '../../client/src';

export function failureCode(error: unknown): number {
  return error instanceof CommandError ? error.exitCode : EXIT_CODE.FAILED_REQUEST;
}

/** Returns what to print about a failure: what went wrong and, if the user can't mend it, where. */
export function failureText(error: unknown): string {
  return [`${errorColours.red('error:')} ${printable(messageOf(error))}`, ...detailsOf(error)].join('\n');
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A failure to authorize is a failure to connect for the client.
  if (error.cause instanceof CommandError) return error.cause.message;
  if (error instanceof CommandError || error instanceof TaskClientError) return error.message;
  return `${error.name}: ${error.message}`;
}

function detailsOf(error: unknown): string[] {
  if (error instanceof TaskConnectionError) return reasonsOf(error.cause).map((reason) => printable(`  ${reason}`));
  if (!(error instanceof TaskApiError)) return [];
  const hint = hintOf(error);
  return [...error.errors.map((input) => printable(`  ${placeOf(input)}${input.detail}`)), ...hint ? [`  ${hint}`] : []];
}

/** `fetch` names the reason in the cause of its error. */
function reasonsOf(error: unknown): string[] {
  const { cause } = Object(error);
  return cause ? [cause.message || cause.code, ...reasonsOf(cause)].filter(Boolean) : [];
}

function placeOf({ pointer, parameter, header }: InvalidInput): string {
  const place = pointer ?? parameter ?? header;
  return place === undefined ? '' : `${place}: `;
}

function hintOf({ status, taskId }: TaskApiError): string | undefined {
  if (status < 400) return 'That is not the API: the URL may be wrong. It must have the scheme and the stage of the API.';
  return status === 404 && taskId === undefined ? 'The URL may be wrong.' : HINTS[status];
}

const HINTS: Record<number, string> = {
  401: 'The credentials or the value of the header are not accepted: they may have expired.',
  403: 'The URL may be wrong, or the caller has no permission: see grantCreate(), grantRead() and grantCancel() of the TaskManager.',
  404: 'The id is unknown, or the task belongs to somebody else: callers see only their own tasks.',
};
