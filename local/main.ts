import { commandLine } from './command-line';
import { Engine, EngineOptions } from './engine/engine';
import { EngineError } from './engine/engine-error';
import { withEngine } from './engine/with-engine';

const USAGE = `usage: npm run local -- [--port <number>] [--auth]

Runs AWS on this machine until Ctrl-C.

  --port <number>  listen on this port instead of a free one
  --auth           check signatures and IAM policies`;

async function main(): Promise<void> {
  const options = parseOptions();
  await withEngine({ ...options, log: (message) => console.log(message) }, async (engine) => {
    console.log(instructions(engine));
    await engine.ended;
    throw new EngineError(`the local engine stopped unexpectedly; the end of its log:\n${engine.log()}`);
  });
}

function parseOptions(): Pick<EngineOptions, 'port' | 'auth'> {
  return commandLine(USAGE, { port: { type: 'string' }, auth: { type: 'boolean' } }, (values) => {
    return { port: parsePort(values.port), auth: values.auth };
  });
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Error(`--port must be a number from 1 to 65535, got '${text}'`);
  }
  return port;
}

function instructions(engine: Engine): string {
  return `
AWS runs at ${engine.url} (region ${engine.region}) until Ctrl-C. Variables for the AWS CLI, the SDKs and the CDK:

  export AWS_ENDPOINT_URL=${engine.url} AWS_REGION=${engine.region}
  export AWS_ACCESS_KEY_ID=${engine.credentials.accessKeyId} AWS_SECRET_ACCESS_KEY=${engine.credentials.secretAccessKey}

To deploy a CDK app, set these variables, and run in its folder:

  npx cdk bootstrap
  npx cdk deploy --all --require-approval never

The REST API https://<id>.execute-api.<region>.amazonaws.com/<stage>/ is at
${engine.url}/restapis/<id>/<stage>/_user_request_/
`;
}

main().catch((error: unknown) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
