import { randomUUID } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineEnvironment, REGION } from './engine-environment';
import { EngineError } from './engine-error';
import { waitUntilHealthy } from './health';
import { freePort, LOOPBACK, portProblem } from './ports';
import { ProcessGroup } from './process-group';
import { PYTHON_FLAGS, pythonEnvironment } from './python-environment';

const LAUNCHER = join(__dirname, 'launcher.py');
const START_ATTEMPTS = 5;
const STOP_GRACE_MS = 1_000;
const LOG_LINES = 20;
/** More of them make a machine with few processors slower. */
const MAX_WORKERS = 4;

export interface EngineOptions {
  /**
   * Port on the loopback interface.
   *
   * @default - a free port
   */
  readonly port?: number;

  /**
   * Whether to check signatures and IAM policies, of callers and of the roles of Lambda functions.
   *
   * @default false
   */
  readonly auth?: boolean;

  /**
   * Maximum number of processes for each Lambda function. Further invocations wait.
   *
   * @default 4
   */
  readonly maxWorkers?: number;

  /**
   * Factor for the periods of alarms. With 1/60, a period of one minute takes one second.
   *
   * @default 1
   */
  readonly alarmPeriodScale?: number;

  /**
   * Called with a message about each step that takes long.
   *
   * @default - no messages
   */
  readonly log?: (message: string) => void;

  /** Aborts the start. */
  readonly signal?: AbortSignal;
}

/** AWS on this machine: an empty account in one region, which ends with its process. */
export interface Engine {
  readonly url: string;
  readonly port: number;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };

  /** Configuration of SDK clients. */
  readonly sdkClientConfig: Pick<Engine, 'region' | 'credentials'> & { readonly endpoint: string };

  /** Resolves when the engine has ended. Never rejects. */
  readonly ended: Promise<void>;

  /** The log. Its folder has all files of the engine, until the engine stops. */
  readonly logFile: string;

  /** Returns the last lines of the log. */
  log(lines?: number): string;

  /** Ends the engine and all its Lambda functions, and removes their files. Further calls have no effect. */
  stop(): Promise<void>;
}

/**
 * Starts an engine. Installs it first if necessary.
 *
 * The engine ends when this process ends, for any reason. To end it earlier, call `stop`, or use `withEngine`.
 *
 * @throws EngineError
 */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  if (process.platform === 'win32') {
    throw new EngineError('the local engine runs on Linux and macOS only; on Windows, use WSL');
  }
  const python = await pythonEnvironment({ log: options.log, signal: options.signal });
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? await freePort();
    try {
      await checkFree(port);
      return await startOn(port, python, options);
    } catch (error) {
      const retry = error instanceof PortError && options.port === undefined && attempt < START_ATTEMPTS;
      if (!retry) {
        throw error;
      }
    }
  }
}

class PortError extends EngineError {}

async function checkFree(port: number): Promise<void> {
  const problem = await portProblem(port);
  if (problem) {
    const reason = problem === 'EADDRINUSE' ? 'is in use' : `is not available (${problem})`;
    throw new PortError(`port ${port} ${reason}; choose another port with --port, or omit --port to use a free one`);
  }
}

async function startOn(port: number, python: string, options: EngineOptions): Promise<Engine> {
  const scratch = mkdtempSync(join(tmpdir(), 'cdk-task-manager-engine-'));
  const logFile = join(scratch, 'engine.log');
  const log = (lines = LOG_LINES) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  const identity = randomUUID();

  const output = openSync(logFile, 'a');
  const group = new ProcessGroup(python, [...PYTHON_FLAGS, LAUNCHER, scratch], {
    cwd: scratch,
    env: engineEnvironment({
      port,
      auth: options.auth ?? false,
      maxWorkers: options.maxWorkers ?? MAX_WORKERS,
      alarmPeriodScale: options.alarmPeriodScale ?? 1,
      scratch,
      identity,
    }),
    output,
  });
  closeSync(output);
  const stop = async () => {
    await group.stop(STOP_GRACE_MS);
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  };

  const url = `http://${LOOPBACK}:${port}`;
  try {
    const problem = await waitUntilHealthy({ url, identity, ended: group.ended, signal: options.signal });
    if (problem) {
      await checkFree(port);
      throw new EngineError(`the local engine ${problem}; the end of its log:\n${log()}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }

  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return {
    url,
    port,
    region: REGION,
    credentials,
    sdkClientConfig: { endpoint: url, region: REGION, credentials },
    ended: group.ended.then(() => {}),
    logFile,
    log,
    stop,
  };
}
