import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { deploy } from '../../local/deploy/deploy';
import { EngineOptions, startEngine } from '../../local/engine/engine';
import { EngineError } from '../../local/engine/engine-error';
import { run } from '../../local/run';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The deployment of a test's app: on the local engine or, with `TEST_TARGET=aws`, in the account of the user's credentials. */
export interface Target {
  readonly region: string;
  readonly credentials: Credentials;
  /** Configuration of SDK clients. */
  readonly sdkClientConfig: { readonly region: string; readonly credentials: Credentials; readonly endpoint?: string };

  output(name: string): string;

  /** Returns the URL of the REST API whose URL on AWS is an output. */
  apiUrl(outputName: string): string;

  /** Removes the deployment. */
  release(): Promise<void>;
}

/** What a test asks of the engine. AWS ignores it. */
type EngineSettings = Pick<EngineOptions, 'maxWorkers' | 'alarmPeriodScale'>;

/** Deploys a synthesized app. All outputs are those of one stack. */
export async function deployToTarget(assembly: string, stackName: string, options: EngineSettings = {}): Promise<Target> {
  return process.env.TEST_TARGET === 'aws' ? deployToAws(assembly, stackName) : deployToEngine(assembly, stackName, options);
}

async function deployToEngine(assembly: string, stackName: string, options: EngineSettings): Promise<Target> {
  // With AUTH on: a permission that is missing in the template fails the tests.
  const engine = await startEngine({ ...options, auth: true });
  try {
    const deployment = await deploy(engine, assembly);
    return {
      region: engine.region,
      credentials: engine.credentials,
      sdkClientConfig: engine.sdkClientConfig,
      output: (name) => deployment.outputs(stackName)[name],
      apiUrl: (name) => deployment.apiUrl(stackName, name),
      release: () => engine.stop(),
    };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

async function deployToAws(assembly: string, stackName: string): Promise<Target> {
  const outputsFile = path.join(assembly, 'outputs.json');
  await cdk('deploy', '--all', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputsFile);
  const outputs = JSON.parse(readFileSync(outputsFile, 'utf8'))[stackName];
  const { config } = new DynamoDBClient({});
  const region = await config.region();
  const credentials = await config.credentials();
  return {
    region,
    credentials,
    sdkClientConfig: { region, credentials },
    output: (name) => outputs[name],
    apiUrl: (name) => outputs[name],
    release: () => cdk('destroy', '--all', '--app', assembly, '--force'),
  };
}

async function cdk(...args: string[]): Promise<void> {
  const { code, output } = await run('npx', ['cdk', ...args]);
  if (code !== 0) throw new EngineError(`cdk ${args[0]} failed:\n${output}`);
}
