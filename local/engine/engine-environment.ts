import { dirname, join } from 'node:path';
import { LOOPBACK } from './ports';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** The system's Python and Node.js may need these variables to start. */
const INHERITED = ['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

/** The debugger of Visual Studio Code attaches to child processes with these variables. It always sets the first one. */
const DEBUGGER = ['VSCODE_INSPECTOR_OPTIONS', 'NODE_OPTIONS'];

export interface EngineSettings {
  readonly port: number;
  readonly auth: boolean;
  /** Maximum number of processes for each Lambda function. */
  readonly maxWorkers: number;
  /** Factor for the periods of alarms. */
  readonly alarmPeriodScale: number;
  /** Directory for all files that the engine writes. */
  readonly scratch: string;
  /** Part of the reply to a health check. It distinguishes this engine from another one on the same port. */
  readonly identity: string;
}

/**
 * Returns the environment of the engine, which its Lambda functions inherit. It has no variables of the user, such as credentials,
 * `AWS_PROFILE` or a proxy.
 */
export function engineEnvironment(settings: EngineSettings): NodeJS.ProcessEnv {
  const { port, auth, maxWorkers, alarmPeriodScale, scratch, identity } = settings;
  const environment: NodeJS.ProcessEnv = {
    // The functions run on the same Node.js as this program.
    PATH: [dirname(process.execPath), process.env.PATH].join(':'),
    HOME: scratch,
    TMPDIR: scratch,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    // Otherwise each log has a warning if the functions need a newer Node.js than that of this machine.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',

    GATEWAY_PORT: String(port),
    BIND_HOST: LOOPBACK,
    MINISTACK_HOST: LOOPBACK,
    MINISTACK_REGION: REGION,
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_EDITION: identity,
    AUTH: String(auth),
    MAX_WORKERS: String(maxWorkers),
    ALARM_PERIOD_SCALE: String(alarmPeriodScale),

    STATE_DIR: join(scratch, 'state'),
    S3_DATA_DIR: join(scratch, 's3'),

    // Turns further listeners off, and containers, with a socket that does not exist.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    DOCKER_HOST: `unix://${join(scratch, 'no-docker.sock')}`,
  };
  for (const name of process.env[DEBUGGER[0]] ? [...INHERITED, ...DEBUGGER] : INHERITED) {
    if (process.env[name]) {
      environment[name] = process.env[name];
    }
  }
  return environment;
}
