import { ERROR_CODE } from '../../src/protocol/wire';
import { DOCS } from '../src/protocol';

/** Articles about the error codes that are ours. All other codes come from processors. */
const ARTICLES: Record<string, string> = {
  [ERROR_CODE.TASK_TIMEOUT]: 'runbook.md#tasks-fail-with-tasktimeout',
  [ERROR_CODE.HEARTBEAT_TIMEOUT]: 'runbook.md#tasks-fail-with-heartbeattimeout',
  [ERROR_CODE.PROCESSOR_FAILED]: 'runbook.md#tasks-fail-with-processorfailed',
  [ERROR_CODE.DELIVERY_FAILED]: 'runbook.md#tasks-fail-with-deliveryfailed',
};

/** Returns the URL of the article about an error code. Missing if the code is one of a processor. */
export function articleOf(code: string): string | undefined {
  const isOurs = Object.values<string>(ERROR_CODE).includes(code);
  return isOurs ? `${DOCS}/${ARTICLES[code] ?? 'reference.md#error-codes'}` : undefined;
}
