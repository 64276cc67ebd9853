import { Answer, problem } from './answer';
import { CommandError } from '../errors';

/** Answers a request that failed because of an error of AWS, of the API or of the way to them. Throws all other errors. */
export function badGateway(error: unknown, what: string): Answer {
  const reason = reasonOf(error);
  if (reason === undefined) throw error;
  return problem(502, `${what}: ${reason}`);
}

function reasonOf(error: unknown): string | undefined {
  const { $metadata, code, message, cause } = Object(error);
  // `fetch` names the reason in the cause of its error.
  if (cause) return reasonOf(cause) ?? cause.message;
  const isOfNetwork = typeof code === 'string';
  return error instanceof CommandError || $metadata || isOfNetwork ? message || code : undefined;
}
