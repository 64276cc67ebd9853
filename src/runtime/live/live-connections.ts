import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import * as v from 'valibot';
import { LiveQueue } from './live-queue';
import { liveStateOf } from './live-state';
import { Connection, LiveTable, ownerTopic, taskTopic } from './live-table';
import { LIVE_ERROR, LIVE_PROTOCOL, LiveAcknowledgement, LiveError, LiveState } from '../../protocol/live';
import { HEADER, isTerminal, TASK_ID } from '../../protocol/wire';
import { OwnerOf } from '../http/owner';
import { Problem } from '../http/problem';
import { header, listMembers } from '../http/request-headers';
import { Task } from '../task/task';
import { TaskStore } from '../task/task-store';

export interface LiveConnectionsOptions {
  readonly table: LiveTable;
  readonly queue: LiveQueue;
  readonly store: TaskStore;
  readonly ownerOf: OwnerOf;
  /** The origins of the pages that can connect. `*` is all. */
  readonly allowOrigins: readonly string[];
  /** Key of the authorizer's context that holds the end of the connection, in seconds since the epoch. */
  readonly expiryContextKey?: string;
  readonly now: () => Date;
}

type Answer = LiveState | LiveAcknowledgement | LiveError;

/** API Gateway ends a connection then: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_CONNECTION_SECONDS = 2 * 3600;

/** Longer than any id. With it, an answer has far less than 128 KB, the most that API Gateway returns. */
const MAX_TASK_ID_CHARACTERS = 256;

const Message = v.pipe(v.string(), v.parseJson(), v.variant('action', [
  v.object({ action: v.picklist(['watch', 'unwatch']), taskId: v.pipe(v.string(), v.maxLength(MAX_TASK_ID_CHARACTERS)) }),
  v.object({ action: v.picklist(['watchAll', 'unwatchAll', 'ping']) }),
]));

type Message = v.InferOutput<typeof Message>;

/** Accepts connections, and answers their messages. */
export class LiveConnections {
  constructor(private readonly options: LiveConnectionsOptions) {}

  /** Answers a request to open a connection. The connection keeps its owner and its end. */
  public async connect(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const { table, queue, ownerOf, now } = this.options;
    try {
      this.checkOrigin(header(event, HEADER.ORIGIN));
      const connectionId = event.requestContext.connectionId!;
      const latestEnd = Math.ceil(now().getTime() / 1000) + MAX_CONNECTION_SECONDS;
      const endsAt = this.endOf(event);
      await table.open({ connectionId, owner: ownerOf(event), expiresAt: Math.min(latestEnd, endsAt) });
      if (endsAt < latestEnd) await queue.endLater({ connectionId, endsAt }, now());
    } catch (error) {
      if (error instanceof Problem) return error.toResponse();
      throw error;
    }
    const isOffered = listMembers(event, HEADER.WEB_SOCKET_PROTOCOL).includes(LIVE_PROTOCOL);
    return {
      statusCode: 200,
      ...(isOffered && { headers: { [HEADER.WEB_SOCKET_PROTOCOL]: LIVE_PROTOCOL } }),
      body: '',
    };
  }

  /** Answers a message. */
  public async answer(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    return { statusCode: 200, body: JSON.stringify(await this.answerTo(event)) };
  }

  private async answerTo({ body, isBase64Encoded, requestContext }: APIGatewayProxyEvent): Promise<Answer> {
    const message = v.safeParse(Message, isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : body);
    if (!message.success) {
      return errorOf('INVALID_MESSAGE', "a message must be JSON with an action: 'watch' or 'unwatch' with a taskId of at most "
        + `${MAX_TASK_ID_CHARACTERS} characters, 'watchAll', 'unwatchAll' or 'ping'`);
    }
    const connection = await this.options.table.find(requestContext.connectionId!);
    if (!connection || connection.expiresAt * 1000 <= this.options.now().getTime()) {
      return errorOf('CONNECTION_ENDED', 'the connection has ended: open another one', message.output);
    }
    return this.handle(message.output, connection);
  }

  private async handle(message: Message, connection: Connection): Promise<Answer> {
    const { table } = this.options;
    const { connectionId, owner } = connection;
    switch (message.action) {
      case 'watch': return this.watch(message, connection);
      case 'unwatch': {
        // Nobody watches what is no id, and it may be no key of the table.
        if (TASK_ID.test(message.taskId)) await table.unwatch(taskTopic(message.taskId), connectionId);
        break;
      }
      case 'watchAll': {
        await table.watch(ownerTopic(owner), connection);
        break;
      }
      case 'unwatchAll': {
        await table.unwatch(ownerTopic(owner), connectionId);
        break;
      }
      case 'ping':
    }
    return message;
  }

  private async watch(message: Message & { taskId: string }, connection: Connection): Promise<Answer> {
    const { taskId } = message;
    let task = await this.findOwn(taskId, connection);
    if (task && !isTerminal(task.status)) {
      await this.options.table.watch(taskTopic(taskId), connection);
      // Again, because it may have changed before the watch was stored.
      task = await this.findOwn(taskId, connection);
    }
    return task ? liveStateOf(task) : errorOf('NO_SUCH_TASK', 'there is no such task', message);
  }

  /** Finds a task, as it is now. To everyone but its owner, it does not exist. */
  private async findOwn(taskId: string, { owner }: Connection): Promise<Task | undefined> {
    const { store, now } = this.options;
    const task = TASK_ID.test(taskId) ? await store.find(taskId) : undefined;
    return task && task.owner === owner ? store.upToDate(task, now) : undefined;
  }

  /** Browsers send the origin of the page. Others don't, and need no such check: they have no credentials that a page could misuse. */
  private checkOrigin(origin: string | undefined): void {
    const { allowOrigins } = this.options;
    if (origin === undefined || allowOrigins.includes('*') || allowOrigins.includes(origin)) return;
    throw new Problem(403, 'pages of this origin can\'t connect');
  }

  /** Returns when the credentials of a request end, in seconds since the epoch. */
  private endOf({ requestContext }: APIGatewayProxyEvent): number {
    const { expiryContextKey, now } = this.options;
    if (expiryContextKey === undefined) return Infinity;
    const endsAt = Number(requestContext.authorizer?.[expiryContextKey] ?? NaN);
    if (endsAt * 1000 > now().getTime()) return endsAt;
    throw new Problem(403, `the caller's identity has no usable '${expiryContextKey}', which is when the connection ends`);
  }
}

function errorOf(code: keyof typeof LIVE_ERROR, text: string, { action, taskId }: { action?: string; taskId?: string } = {}): LiveError {
  return { error: { code: LIVE_ERROR[code], message: text }, action, taskId };
}
