import { cpuMicroseconds } from './cpu-time';
import { MakeSdkClient, offlineClient, stubClient } from './sdk-clients';
import { writeResult } from '../result-channel';

/** Handles requests or records, with fixed responses of the services. */
export interface Handler {
  /** Number of records of a call. */
  readonly records: number;
  readonly run: () => Promise<unknown>;
}

/** Handlers by what they do. */
export type Handlers = Record<string, Handler>;

/**
 * Measures handlers in a program whose arguments are whether they have SDK clients or stubs, and the number of calls. The result of the
 * program is the CPU time by what the handlers do, in microseconds.
 */
export async function measureHandlers(handlers: (sdkClient: MakeSdkClient) => Handlers): Promise<void> {
  const [client, calls] = process.argv.slice(2);
  const result: Record<string, number> = {};
  for (const [name, { run, records }] of Object.entries(handlers(client === 'stubs' ? stubClient : offlineClient))) {
    result[name] = await cpuMicroseconds(run, Number(calls), records);
  }
  writeResult(result);
}
