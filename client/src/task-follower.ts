import { sleep } from './abortable';
import type { Http, HttpRequest, SendOptions } from './http';
import { isNewer, isOnlyProgress, LiveWatch, Moment, versionOf } from './live';
import type { GetOptions } from './options';
import { getRequest } from './requests';
import { pollDelayMs } from './retry';
import type { Task } from './task';
import type { LiveState } from '../../src/protocol/live';
import { isTerminal } from '../../src/protocol/wire';

/** With the pauses between them, these take up to two minutes. */
export const POLL_ATTEMPTS = 10;

/** While messages arrive, polls only find what a lost message would have said: at this many times the usual pause. */
const LIVE_PAUSE_FACTOR = 5;
const MAX_LIVE_PAUSE_MS = 60_000;

/**
 * Follows a task: reads it when a message says that there is more than progress, and from time to time. Yields the task of the first
 * response, and the task after each change. The last one has ended.
 *
 * @param signal must abort when the task is no longer followed
 */
export async function* followTask<Result>(
  http: Http, live: LiveWatch, first: HttpRequest<Task>, options: GetOptions, sendOptions: SendOptions & { readonly signal: AbortSignal },
): AsyncGenerator<Task<Result>, void, undefined> {
  const { signal } = sendOptions;
  // A creation gets no more attempts than that of `create`: if CORS does not allow the page to call the API, all of them fail, and the
  // user should know soon.
  let response = await http.send(first, first.method === 'GET' ? sendOptions : { ...sendOptions, attempts: undefined });
  let task = response.body!;
  let { text, etag } = response;
  let known: Moment = { createdAt: task.createdAt, version: versionOf(etag) };
  yield task as Task<Result>;
  if (isTerminal(task.status)) return;

  let isLive = false;
  /** The newest message that was not looked at yet. */
  let news: LiveState | undefined;
  let onNews: (() => void) | undefined;
  let onSilence: (() => void) | undefined;
  live(task.taskId, (isLiveNow, state) => {
    isLive = isLiveNow;
    if (state && isNewer(state, news ?? known)) {
      news = state;
      onNews?.();
    } else if (!isLive) {
      onSilence?.();
    }
  }, signal);

  for (let polls = 0; !isTerminal(task.status);) {
    // The last response can be newer.
    if (news && !isNewer(news, known)) news = undefined;
    const pauseMs = response.retryAfterMs ?? pollDelayMs(polls);
    if (!news) await sleep(pauseMs, signal, (wake) => { onNews = wake; });
    if (!news && isLive) {
      const moreMs = Math.min(LIVE_PAUSE_FACTOR * pauseMs, MAX_LIVE_PAUSE_MS) - pauseMs;
      await sleep(moreMs, signal, (wake) => { onNews = onSilence = wake; });
    }
    const heard = news;
    news = undefined;
    if (heard && isOnlyProgress(heard, task, known)) {
      known = heard;
      if (JSON.stringify(heard.progress) === JSON.stringify(task.progress)) continue;
      task = { ...task, progress: heard.progress };
    } else {
      polls++;
      response = await http.send(getRequest(task.taskId, isLive ? {} : options, etag), sendOptions);
      const { body } = response;
      if (!body) continue;
      etag = response.etag;
      const read = { createdAt: body.createdAt, version: versionOf(etag) };
      // A message said the same, or is newer. But the end is the end.
      if (response.text === text || !isTerminal(body.status) && !isNewer(read, known)) continue;
      ({ text } = response);
      known = read;
      task = body;
    }
    yield task as Task<Result>;
  }
}
