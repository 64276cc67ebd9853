import { createRequire } from 'node:module';
import { cpuMicroseconds } from './cpu-time';
import { writeResult } from '../result-channel';

/**
 * A program that measures a bundle of the API's function whose table is behind a network, in another process. Its result is the CPU time of
 * this process alone, in microseconds. It is bundled, so that it loads nothing else.
 */
async function main([entry, calls, createEvent, pollEvent]: string[]): Promise<void> {
  const { handler } = createRequire(entry)(entry);
  const answer = async (event: object) => {
    const response = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
    if (response.statusCode >= 300) throw new Error(`the function answered ${response.statusCode}: ${response.body}`);
    return response;
  };
  const [create, poll] = [createEvent, pollEvent].map((event) => JSON.parse(event));
  poll.pathParameters.taskId = JSON.parse((await answer(create)).body).taskId;
  writeResult({
    'create, with a network': await cpuMicroseconds(async () => answer(create), Number(calls), 1),
    'poll, with a network': await cpuMicroseconds(async () => answer(poll), Number(calls), 1),
  });
}

void main(process.argv.slice(2));
