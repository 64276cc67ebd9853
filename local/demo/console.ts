import * as path from 'node:path';
import { connect } from '../../cli/src/connection/connection';
import { Console, startConsole } from '../../cli/src/console/console';
import { Engine } from '../engine/engine';

const PROGRAM = path.join(__dirname, '..', '..', 'cli', 'dist');

/** The console of the demo, and how to start the command line in a shell. */
export interface DemoConsole extends Pick<Console, 'url'> {
  readonly command: string;
}

/** Serves the console for a deployed stack, with the credentials of the engine. */
export async function demoConsole(engine: Engine, stack: string, openApi: string): Promise<DemoConsole> {
  const environment = {
    AWS_ENDPOINT_URL: engine.url,
    AWS_REGION: engine.region,
    AWS_ACCESS_KEY_ID: engine.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: engine.credentials.secretAccessKey,
  };
  Object.assign(process.env, environment);
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const command = [...assignments, 'node', path.relative(process.cwd(), path.join(PROGRAM, 'main.mjs'))];
  const { url } = await startConsole(await connect({ stack }), { pageDirectory: path.join(PROGRAM, 'page'), openApi, command });
  return { url, command: command.join(' ') };
}
