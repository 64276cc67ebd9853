import { createRequire } from 'node:module';
import { writeResult } from '../result-channel';

/**
 * A program: loads a function as Lambda's runtime does, has it answer some events one after the other, and writes when each was
 * done, in milliseconds since the process began. It is bundled before it runs: nothing else shall be loaded.
 */
async function main([entry, events]: string[]): Promise<void> {
  const { handler } = createRequire(entry)(entry);
  const loadedMs = performance.now();
  const answeredMs: number[] = [];
  let last: any;
  for (const event of JSON.parse(events)) {
    // A poll asks for the task that was created before it.
    if (event.pathParameters) event.pathParameters.taskId = JSON.parse(last.body).taskId;
    last = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
    answeredMs.push(performance.now());
    if (last.statusCode >= 300 || last.batchItemFailures?.length > 0) throw new Error(`the function answered ${JSON.stringify(last)}`);
  }
  const { user, system } = process.cpuUsage();
  writeResult({ loadedMs, answeredMs, cpuMs: (user + system) / 1000 });
}

void main(process.argv.slice(2));
