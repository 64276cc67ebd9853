import { clock } from './clock';
import { loadLiveSocket } from './lazy-modules';
import type { LiveSocket } from './live-socket';
import type { TaskClientOptions } from './options';
import { backoffMs } from './retry';
import type { LiveState } from '../../src/protocol/live';
import type { TaskStatus } from '../../src/protocol/wire';

/**
 * Is called when messages about the watched task can be expected, when they can't be expected any more, and with each message. Must not
 * throw.
 */
export type LiveListener = (isHealthy: boolean, state?: LiveState) => void;

/** Watches a task, or all of the caller if the id is empty, until the signal aborts. */
export type LiveWatch = (taskId: string, listener: LiveListener, signal: AbortSignal) => void;

/** Returns what watches tasks over the socket. It never calls a listener if there can be no socket. */
export function liveWatch(options: TaskClientOptions): LiveWatch {
  let loading: Promise<LiveSocket> | undefined;
  return (taskId, listener, signal) => {
    if (!options.liveUrl || !(options.webSocket ?? globalThis.WebSocket)) return;
    loading ??= loadLiveSocket().then(({ LiveSocket: Socket }) => new Socket(options, clock, backoffMs));
    loading.then((socket) => socket.watch(taskId, listener, signal), () => {
      // The file is missing or the network is down: the client polls, and the next watch loads it again.
      loading = undefined;
    });
  };
}

/** Place of a state in the life of all tasks with its id. The version can be NaN: unknown. */
export interface Moment {
  readonly createdAt: string;
  readonly version: number;
}

/** Returns the version in the ETag of a task, which is `"7"` or, for a task with the URL of its result, `"7.123"`. */
export function versionOf(etag = ''): number {
  return Number(/^(?:W\/)?"(\d+)[".]/.exec(etag)?.[1]);
}

/** Returns whether `a` may be later than `b`. */
export function isNewer(a: Moment, b?: Moment): boolean {
  return !b || a.createdAt > b.createdAt || a.createdAt === b.createdAt && !(a.version <= b.version);
}

/** Returns whether a message, which is newer than the task, can only differ in its progress. */
export function isOnlyProgress(state: LiveState, task: { readonly status: TaskStatus }, known: Moment): boolean {
  // Without an ETag, the version is unknown, and nothing proves that the message is newer.
  return state.status === task.status && state.createdAt === known.createdAt && state.version > known.version;
}
