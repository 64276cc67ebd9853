import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { MAX_HEARTBEAT_SECONDS } from '../../src/protocol/limits';

/** Gets the log entries of the helper. They have ids, codes and names of errors, but no payloads, results or messages. */
export interface TaskLogger {
  info(entry: { message: string; [key: string]: unknown }): void;
  warn(entry: { message: string; [key: string]: unknown }): void;
}

/** Options of `taskProcessor` and of `runTask`. */
export interface TaskProcessorOptions {
  /**
   * Time within which the helper promises its next report, in seconds: 1 to 86400. The helper keeps the promise in the background. If it
   * stops, the task fails with `HeartbeatTimeout`. A function or a container of a processor construct needs no heartbeat: its failure is
   * reported.
   *
   * @default - no heartbeat
   */
  readonly heartbeatSeconds?: number;

  /**
   * Minimum time between two reports of progress, in seconds: 0 to 86400.
   *
   * @default 1
   */
  readonly progressIntervalSeconds?: number;

  /**
   * How often the helper asks whether the task has ended, in seconds: 1 to 86400.
   *
   * @default 5
   */
  readonly statusIntervalSeconds?: number;

  /**
   * SDK client that sends the reports, for example one that a tracer captures.
   *
   * @default - a client with short time-outs
   */
  readonly eventBridge?: EventBridgeClient;

  /**
   * Gets the log entries, for example a Logger of Powertools.
   *
   * @default console
   */
  readonly logger?: TaskLogger;
}

/** Options with their defaults. */
export interface Settings {
  readonly heartbeatSeconds?: number;
  readonly progressMs: number;
  readonly statusMs: number;
  readonly logger: TaskLogger;
}

/** A day. Timers of Node.js can't wait longer than 24 days: they would fire all the time. */
const MAX_INTERVAL_SECONDS = 86_400;

/** @throws Error if an option is not valid */
export function settingsOf(options: TaskProcessorOptions): Settings {
  const { heartbeatSeconds, progressIntervalSeconds = 1, statusIntervalSeconds = 5, logger = console } = options;
  const expect = (name: keyof TaskProcessorOptions, isValid: boolean, allowed: string) => {
    if (!isValid) throw new Error(`${name} must be ${allowed}, got ${options[name]}`);
  };
  const isHeartbeat = Number.isInteger(heartbeatSeconds) && heartbeatSeconds! >= 1 && heartbeatSeconds! <= MAX_HEARTBEAT_SECONDS;
  expect('heartbeatSeconds', heartbeatSeconds === undefined || isHeartbeat, `a whole number from 1 to ${MAX_HEARTBEAT_SECONDS}`);
  const expectInterval = (name: keyof TaskProcessorOptions, seconds: number, min: number) =>
    expect(name, seconds >= min && seconds <= MAX_INTERVAL_SECONDS, `from ${min} to ${MAX_INTERVAL_SECONDS}`);
  expectInterval('progressIntervalSeconds', progressIntervalSeconds, 0);
  expectInterval('statusIntervalSeconds', statusIntervalSeconds, 1);
  return { heartbeatSeconds, progressMs: progressIntervalSeconds * 1000, statusMs: statusIntervalSeconds * 1000, logger };
}
