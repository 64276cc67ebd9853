import { Answer, json, NOT_FOUND, problem } from './answer';
import { badGateway } from './upstream-error';
import type { DeadLetterQueues } from '../dead-letters/dead-letters';
import { DEAD_LETTER_QUEUES, DeadLetterQueueName } from '../protocol';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** Shows and redrives dead letters. */
export class DeadLetterRoutes {
  constructor(private readonly deadLetters?: DeadLetterQueues) {}

  public list(): Promise<Answer> {
    return this.use((deadLetters) => deadLetters.list());
  }

  public async show(queue: string, query: string): Promise<Answer> {
    const limit = new URLSearchParams(query).get('limit') ?? String(DEFAULT_LIMIT);
    if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > MAX_LIMIT) return problem(400, `limit must be a whole number from 1 to ${MAX_LIMIT}`);
    return isQueue(queue) ? this.use((deadLetters) => deadLetters.show(queue, { limit: Number(limit) })) : NOT_FOUND;
  }

  public async redrive(queue: string): Promise<Answer> {
    return isQueue(queue) ? this.use((deadLetters) => deadLetters.redrive(queue)) : NOT_FOUND;
  }

  private async use(read: (deadLetters: DeadLetterQueues) => Promise<unknown>): Promise<Answer> {
    if (!this.deadLetters) return problem(404, 'the queues are not known: start the console with --stack');
    try {
      return json(await read(this.deadLetters));
    } catch (error) {
      return badGateway(error, 'AWS did not answer');
    }
  }
}

function isQueue(name: string): name is DeadLetterQueueName {
  return (DEAD_LETTER_QUEUES as readonly string[]).includes(name);
}
