import { abortable } from './abortable';
import { clock } from './clock';
import { TaskApiError } from './errors';
import type { Http } from './http';
import { isNewer, isOnlyProgress, LiveWatch, Moment, versionOf } from './live';
import { getRequest, listRequest } from './requests';
import type { TaskSummary } from './task';
import { POLL_ATTEMPTS } from './task-follower';
import type { LiveState } from '../../src/protocol/live';

/** The most tasks that a page has. */
const LIMIT = 100;

const PAUSE_MS = 10_000;
/** While messages arrive, listing only finds what a lost message would have said. */
const LIVE_PAUSE_MS = 60_000;

interface Known extends Moment {
  readonly task: TaskSummary;
  /** Whether a message was newer than the last response. */
  readonly hasNews?: boolean;
}

/** Lists the caller's newest tasks, and follows all tasks of the caller. Yields each that is new or has changed. */
export async function* followAll(http: Http, live: LiveWatch, signal: AbortSignal): AsyncGenerator<TaskSummary, void, undefined> {
  const options = { signal, attempts: POLL_ATTEMPTS };
  const known = new Map<string, Known>();
  /** The newest messages that were not looked at yet. */
  const news = new Map<string, LiveState>();
  let isLive = false;
  let mustList = true;
  let wake: (() => void) | undefined;
  let cancelTimer: (() => void) | undefined;

  /** Returns the task if it looks different from before. */
  const learn = (task: TaskSummary, version = NaN, hasNews?: boolean): TaskSummary[] => {
    const last = known.get(task.taskId);
    known.set(task.taskId, { task, createdAt: task.createdAt, version, hasNews });
    return last && lookOf(last.task) === lookOf(task) ? [] : [task];
  };

  const read = async (taskId: string): Promise<TaskSummary[]> => {
    try {
      const { body, etag } = await http.send(getRequest(taskId, {}), options);
      const { payload, result, resultUrl, resultUrlExpiresAt, ...summary } = body!;
      return learn(summary, versionOf(etag));
    } catch (error) {
      if (error instanceof TaskApiError && error.status === 404) return []; // removed in the meantime
      throw error;
    }
  };

  const listSoon = () => {
    mustList = true;
    wake?.();
  };
  signal.addEventListener('abort', () => cancelTimer?.());
  live('', (isLiveNow, state) => {
    // When a connection begins or ends, messages may have been lost.
    if (!state && (isLiveNow || isLive)) listSoon();
    isLive = isLiveNow;
    if (state && isNewer(state, news.get(state.taskId))) {
      news.set(state.taskId, state);
      wake?.();
    }
  }, signal);

  for (;;) {
    if (mustList) {
      mustList = false;
      const { tasks } = (await http.send(listRequest({ limit: LIMIT }), options)).body!;
      signal.throwIfAborted();
      cancelTimer?.();
      cancelTimer = clock.after(isLive ? LIVE_PAUSE_MS : PAUSE_MS, listSoon);
      for (const task of tasks) {
        const last = known.get(task.taskId);
        // Lists are not strongly consistent: one can be older than a message, or than the list before.
        if (!last || orderOf(task) > orderOf(last.task)) yield* last?.hasNews ? await read(task.taskId) : learn(task);
      }
      // No later list has an older task, and no message comes about one that has ended.
      const oldest = tasks.at(-1);
      for (const [taskId, { task }] of known) {
        if (oldest && task.createdAt < oldest.createdAt && (!isLive || task.endedAt)) known.delete(taskId);
      }
    }
    // Also visits what arrives in the meantime.
    for (const [taskId, state] of news) {
      news.delete(taskId);
      const last = known.get(taskId);
      if (!isNewer(state, last)) continue;
      yield* last && isOnlyProgress(state, last.task, last)
        ? learn({ ...last.task, progress: state.progress }, state.version, true)
        : await read(taskId);
    }
    if (!mustList) await abortable(signal, () => new Promise<void>((resolve) => { wake = resolve; }));
  }
}

function lookOf({ createdAt, status, progress }: TaskSummary): string {
  return JSON.stringify([createdAt, status, progress]);
}

/** Returns a text that is greater for a later state. Statuses count first, because the clocks of servers differ. */
function orderOf({ createdAt, history, updatedAt }: TaskSummary): string {
  return `${createdAt} ${history.length} ${updatedAt}`;
}
