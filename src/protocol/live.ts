import { TaskProgress, TaskStatus } from './wire';

/** Defines what the clients and the functions of live updates exchange. The npm package of the client bundles it. */

/** Subprotocol that a client offers, and the only one that it gets back. */
export const LIVE_PROTOCOL = 'cdk-task-manager';

/** Start of the entry in the list of subprotocols that is a token. Browsers can't send headers of their own with a WebSocket handshake. */
export const LIVE_TOKEN_PREFIX = 'bearer.';

/** Query parameter that a client can send the token in instead. */
export const LIVE_TOKEN_PARAMETER = 'token';

/** What a client asks for. `watchAll` is about all tasks of the caller. */
export type LiveRequest =
  | { readonly action: 'watch' | 'unwatch'; readonly taskId: string }
  | { readonly action: 'watchAll' | 'unwatchAll' | 'ping' };

/**
 * State of a task: the answer to a `watch`, and a message after each change. A hint: it can be lost, late, sent twice or out of order.
 * `createdAt` and then `version` give the order, because a later task can have the same id.
 */
export interface LiveState {
  readonly taskId: string;
  readonly createdAt: string;
  readonly version: number;
  readonly status: TaskStatus;
  readonly progress?: TaskProgress;
}

/** Answer to all requests but `watch`. */
export interface LiveAcknowledgement {
  readonly action: LiveRequest['action'];
  readonly taskId?: string;
}

/** Codes of errors. */
export const LIVE_ERROR = {
  /** There is no task with this id, or it has another owner. */
  NO_SUCH_TASK: 'NoSuchTask',
  INVALID_MESSAGE: 'InvalidMessage',
  /** The token with which the connection was opened is no longer valid. */
  CONNECTION_ENDED: 'ConnectionEnded',
} as const;

/** Answer to a request that can't be fulfilled. */
export interface LiveError {
  readonly error: { readonly code: typeof LIVE_ERROR[keyof typeof LIVE_ERROR]; readonly message: string };
  readonly action?: string;
  readonly taskId?: string;
}
