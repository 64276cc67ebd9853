import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeResult } from '../result-channel';

/**
 * A program that loads a function as the Lambda runtime does, and invokes it with events, one after the other. Its result is the time of
 * each answer, in milliseconds since the process started, and the peak of its memory. It is bundled, so that it loads nothing else.
 *
 * Lambda gives a function a whole CPU while it loads, and then its share. So does a file for the ids of processes with a limit, if there is
 * one.
 */
async function main([entry, events, limited]: string[]): Promise<void> {
  const { handler } = createRequire(entry)(entry);
  const loadedMs = performance.now();
  // On Lambda, what the module has begun goes on until the runtime gets the first event.
  await new Promise(setImmediate);
  if (limited !== undefined) writeFileSync(limited, String(process.pid));
  const invokedMs = performance.now();
  const answeredMs: number[] = [];
  let last: any;
  for (const event of JSON.parse(events)) {
    // A poll reads the task that was created before.
    if (event.pathParameters) event.pathParameters.taskId = JSON.parse(last.body).taskId;
    last = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
    answeredMs.push(performance.now());
    if (last?.statusCode >= 300 || last?.batchItemFailures?.length > 0) throw new Error(`the function answered ${JSON.stringify(last)}`);
  }
  const { user, system } = process.cpuUsage();
  const peakMb = process.resourceUsage().maxRSS / 1024;
  writeResult({ loadedMs, firstRequestMs: answeredMs[0] - invokedMs, answeredMs, cpuMs: (user + system) / 1000, peakMb });
}

void main(process.argv.slice(2));
