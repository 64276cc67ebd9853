import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { STACK, synthesize, TASK_TYPE } from './live/app';
import { CountingClient, Followed } from '../local/demo/counting-client';
import { deploy } from '../local/deploy/deploy';
import { Engine } from '../local/engine/engine';
import { withEngine } from '../local/engine/with-engine';
import { EVENT, processorSourcePrefix } from '../src/protocol/wire';
import { median, quantile, round } from '../test/support/stats';

/** What it took a client to follow tasks. Times in milliseconds, from the moment at which the bus has accepted a report. */
export interface FollowedBy {
  readonly followedBy: string;
  /** Until `onChange` is called with what was reported, or with what was reported after it. */
  readonly knownMs: { readonly p50: number; readonly p95: number };
  /** For each task. */
  readonly requests: number;
  readonly messages: number;
}

export interface Live {
  readonly tasks: number;
  readonly reports: number;
  readonly taskSeconds: number;
  /** Until the report is written to the table, which no client can be faster than. */
  readonly writtenMs: { readonly p50: number; readonly p95: number };
  readonly clients: FollowedBy[];
}

export interface LiveLoad {
  readonly tasks: number;
  /** Reports of each task, the end included. */
  readonly reports: number;
  /** Between two reports, on average. */
  readonly pauseSeconds: number;
}

export const BY_POLLS = 'polls';
export const BY_LIVE = 'live updates';

/** A report: the progress that it has, and when the bus had accepted it, by both clocks. */
interface Report {
  readonly percent: number;
  readonly at: number;
  readonly epochMs: number;
}

interface FollowedTask {
  readonly reports: Report[];
  readonly live: Followed;
  readonly polled: Followed;
  /** Progress of each state that was read, and when it was written. */
  readonly written: { readonly percent: number; readonly updatedAt: string }[];
}

/** Deploys a TaskManager on the local engine, and follows each of its tasks with two clients: one polls, and one has live updates. */
export async function measureLive(load: LiveLoad): Promise<Live> {
  const assembly = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-live-'));
  try {
    synthesize(assembly);
    let result: Live | undefined;
    await withEngine({}, async (engine) => {
      const deployment = await deploy(engine, assembly);
      const { BusName, EventSource } = deployment.outputs(STACK);
      const urls = [deployment.apiUrl(STACK, 'ApiUrl'), deployment.apiUrl(STACK, 'LiveUrl')] as const;
      const reporter = new Reporter(engine, BusName, EventSource);
      // Starts all functions.
      await followTask(engine, urls, reporter, { ...load, reports: 2 });
      // They begin one after another, so that their reports do not come at the same moment.
      const tasks = await Promise.all(Array.from({ length: load.tasks }, async (_, i) => {
        await delay(1000 * load.pauseSeconds * i / load.tasks);
        return followTask(engine, urls, reporter, load);
      }));
      result = resultOf(tasks, load);
    });
    return result!;
  } finally {
    rmSync(assembly, { recursive: true });
  }
}

async function followTask(
  engine: Engine, [url, liveUrl]: readonly [string, string], reporter: Reporter, { reports, pauseSeconds }: LiveLoad,
): Promise<FollowedTask> {
  const [live, polling] = [new CountingClient(engine, url, liveUrl), new CountingClient(engine, url)];
  const { taskId } = await live.create(TASK_TYPE, {});
  const written: FollowedTask['written'] = [];
  const following = Promise.all([
    live.follow(taskId),
    polling.follow(taskId, (percent, { updatedAt }) => written.push({ percent, updatedAt })),
  ]);
  const sent: Report[] = [];
  for (let n = 1; n <= reports; n++) {
    // At random moments of the pauses between polls.
    await delay(1000 * pauseSeconds * (0.5 + Math.random()));
    sent.push(await reporter.report(taskId, n, 100 * n / reports));
  }
  const [followed, polled] = await following;
  return { reports: sent, live: followed, polled, written };
}

function resultOf(tasks: FollowedTask[], { reports, pauseSeconds }: LiveLoad): Live {
  const quantiles = (times: number[]) => ({ p50: Math.round(median(times)), p95: Math.round(quantile(times, 0.95)) });
  const client = (followedBy: string, of: (task: FollowedTask) => Followed): FollowedBy => ({
    followedBy,
    knownMs: quantiles(tasks.flatMap((task) => task.reports.map(({ percent, at }) => {
      return of(task).steps.find((step) => step.percent >= percent)!.at - at;
    }))),
    requests: round(tasks.reduce((sum, task) => sum + of(task).requests, 0) / tasks.length),
    messages: round(tasks.reduce((sum, task) => sum + of(task).messages, 0) / tasks.length),
  });
  return {
    tasks: tasks.length,
    reports,
    taskSeconds: reports * pauseSeconds,
    // Only those that a poll has seen.
    writtenMs: quantiles(tasks.flatMap((task) => task.reports.flatMap(({ percent, epochMs }) => {
      return task.written.filter((state) => state.percent === percent).map(({ updatedAt }) => Date.parse(updatedAt) - epochMs);
    }))),
    clients: [client(BY_POLLS, ({ polled }) => polled), client(BY_LIVE, ({ live }) => live)],
  };
}

/** Reports as a processor does. */
class Reporter {
  private readonly eventBridge: EventBridgeClient;

  constructor(engine: Engine, private readonly busName: string, private readonly eventSource: string) {
    this.eventBridge = new EventBridgeClient(engine.sdkClientConfig);
  }

  /** Reports progress, or the end if it is 100. Returns when the bus has accepted it. */
  public async report(taskId: string, sequence: number, percent: number): Promise<Report> {
    const detail = percent === 100 ? { taskId, status: 'SUCCESSFUL' } : { taskId, status: 'RUNNING', sequence, progress: { percent } };
    const { FailedEntryCount } = await this.eventBridge.send(new PutEventsCommand({
      Entries: [{
        EventBusName: this.busName,
        Source: `${processorSourcePrefix(this.eventSource)}${TASK_TYPE}`,
        DetailType: EVENT.UPDATED,
        Detail: JSON.stringify(detail),
      }],
    }));
    if (FailedEntryCount) throw new Error('the bus refused a report');
    return { percent, at: performance.now(), epochMs: Date.now() };
  }
}
