import { dirname, join } from 'node:path';
import { LOOPBACK } from './ports';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** What the system's Python and Node.js may need to start at all. */
const INHERITED = ['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

/** By which the debugger of Visual Studio Code attaches to child processes; the first one is only there when it does. */
const DEBUGGER = ['VSCODE_INSPECTOR_OPTIONS', 'NODE_OPTIONS'];

export interface EngineSettings {
  readonly port: number;
  readonly auth: boolean;
  /** The engine's own directory: all that it writes ends up there. */
  readonly scratch: string;
  /** Comes back in the reply to a health check: another engine may be faster on the same port. */
  readonly identity: string;
}

/**
 * Gives the engine's environment, which its Lambda functions inherit: nothing of the user's gets into it, neither
 * credentials nor an `AWS_PROFILE` or a proxy.
 */
export function engineEnvironment(settings: EngineSettings): NodeJS.ProcessEnv {
  const { port, auth, scratch, identity } = settings;
  const environment: NodeJS.ProcessEnv = {
    // The functions run on the Node.js that runs us.
    PATH: [dirname(process.execPath), process.env.PATH].join(':'),
    HOME: scratch,
    TMPDIR: scratch,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    // Functions meant for a newer Node.js than this machine's would say so in each of their logs.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',

    GATEWAY_PORT: String(port),
    BIND_HOST: LOOPBACK,
    MINISTACK_HOST: LOOPBACK,
    MINISTACK_REGION: REGION,
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_EDITION: identity,
    AUTH: String(auth),

    STATE_DIR: join(scratch, 'state'),
    S3_DATA_DIR: join(scratch, 's3'),

    // Further listeners, and containers: a socket that does not exist keeps it from looking for them.
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
