import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { writeResult } from '../result-channel';

/** Lambda gives a fresh share of the CPU every 20 ms: each poll shall begin with one. */
const PAUSE_MS = 20;

/**
 * A program: loads the API's function with all of a CPU, as Lambda does, and has it create a task and poll it with the part that is
 * left to it then.
 */
async function main([file, processes, polls, createEvent, pollEvent]: string[]): Promise<void> {
  const { handler } = createRequire(file)(file);
  writeFileSync(processes, String(process.pid));
  const time = async (event: any) => {
    const start = performance.now();
    const answer = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
    if (answer.statusCode >= 300) throw new Error(`the function answered ${JSON.stringify(answer)}`);
    return { ms: performance.now() - start, answer };
  };

  const first = await time(JSON.parse(createEvent));
  const poll = JSON.parse(pollEvent);
  poll.pathParameters.taskId = JSON.parse(first.answer.body).taskId;
  const pollMs: number[] = [];
  for (let i = 0; i < Number(polls); i++) {
    await delay(PAUSE_MS);
    pollMs.push((await time(poll)).ms);
  }
  writeResult({ firstMs: first.ms, pollMs });
}

void main(process.argv.slice(2));
