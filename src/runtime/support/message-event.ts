import { SQSRecord } from 'aws-lambda';
import * as v from 'valibot';

/** Parses the event in a message. Throws an error that names the defects and quotes nothing. */
export function parseEvent<T extends v.GenericSchema>(schema: T, { body }: SQSRecord): v.InferOutput<T> {
  const event = v.safeParse(schema, parseJson(body));
  if (event.success) return event.output;
  const issues = event.issues.map((issue) => `${v.getDotPath(issue) ?? 'event'}: expected ${issue.expected}`);
  throw new Error(`malformed event: ${issues.join('; ')}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's own message: it quotes the text.
    throw new Error('malformed event: not JSON');
  }
}
