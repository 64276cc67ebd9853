import { sleep } from './abortable';
import type { Http, HttpRequest, HttpResponse, SendOptions } from './http';
import { isNewer, LiveWatch, Moment, versionOf } from './live';
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

/** Reads one task until it has ended: after each message about it that is newer than what is known, and from time to time. */
export class TaskFollower<Result> {
  public taskId?: string;
  public lastFailure?: Error;
  private isLive = false;
  /** The newest message that was not looked at yet. */
  private news?: LiveState;
  private known!: Moment;
  private onNews?: () => void;
  private onSilence?: () => void;

  constructor(private readonly http: Http, private readonly live: LiveWatch, private readonly options: GetOptions) {}

  /**
   * Yields the task of the first response, and the task after each change. The last one has ended.
   *
   * @param pollAttempts attempts of each poll
   */
  public async *states(first: HttpRequest<Task>, signal: AbortSignal, pollAttempts: number): AsyncGenerator<Task<Result>, void, undefined> {
    this.taskId = first.taskId;
    // A creation gets no more attempts than that of `create`: if CORS does not allow the page to call the API, all of them fail, and the
    // user should know soon.
    let response = await this.send(first, { signal, attempts: first.method === 'GET' ? pollAttempts : undefined });
    let task = response.body!;
    let { text, etag } = response;
    this.taskId = task.taskId;
    this.known = { createdAt: task.createdAt, version: versionOf(etag) };
    yield task as Task<Result>;
    if (isTerminal(task.status)) return;

    const watch = new AbortController();
    const unwatch = () => watch.abort();
    // Also if the consumer never asks for the next state.
    signal.addEventListener('abort', unwatch);
    this.live(task.taskId, (isLive, state) => this.hear(isLive, state), watch.signal);
    try {
      for (let polls = 0; !isTerminal(task.status);) {
        const news = await this.rest(response.retryAfterMs ?? pollDelayMs(polls), signal);
        // Only the version proves that progress is newer. Without an ETag, the version of the task is unknown.
        if (news?.status === task.status && news.createdAt === task.createdAt && news.version > this.known.version) {
          this.known = news;
          if (JSON.stringify(news.progress) === JSON.stringify(task.progress)) continue;
          task = { ...task, progress: news.progress };
        } else {
          polls++;
          const request = getRequest(task.taskId, this.isLive ? {} : this.options, etag);
          response = await this.send(request, { signal, attempts: pollAttempts });
          const { body } = response;
          if (!body) continue;
          etag = response.etag;
          const read = { createdAt: body.createdAt, version: versionOf(etag) };
          // A message said the same, or is newer. But the end is the end.
          if (response.text === text || !isTerminal(body.status) && !isNewer(read, this.known)) continue;
          ({ text } = response);
          this.known = read;
          task = body;
        }
        yield task as Task<Result>;
      }
    } finally {
      signal.removeEventListener('abort', unwatch);
      unwatch();
    }
  }

  private hear(isLive: boolean, state?: LiveState): void {
    this.isLive = isLive;
    if (state && isNewer(state, this.news ?? this.known)) {
      this.news = state;
      this.onNews?.();
    } else if (!isLive) {
      this.onSilence?.();
    }
  }

  /** Rests until there are news, which it returns, or it is time for a poll. */
  private async rest(ms: number, signal: AbortSignal): Promise<LiveState | undefined> {
    // The last response can be newer.
    if (this.news && !isNewer(this.news, this.known)) this.news = undefined;
    if (!this.news) await sleep(ms, signal, (wake) => { this.onNews = wake; });
    if (!this.news && this.isLive) {
      const longer = Math.min(LIVE_PAUSE_FACTOR * ms, MAX_LIVE_PAUSE_MS) - ms;
      await sleep(longer, signal, (wake) => { this.onNews = this.onSilence = wake; });
    }
    const { news } = this;
    this.news = undefined;
    return news;
  }

  private async send(request: HttpRequest<Task>, options: SendOptions): Promise<HttpResponse<Task>> {
    const response = await this.http.send(request, { ...options, onFailure: (error) => { this.lastFailure = error; } });
    this.lastFailure = undefined;
    return response;
  }
}
