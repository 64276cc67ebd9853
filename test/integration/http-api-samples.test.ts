/** Runs the samples of docs/http-api.md. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskApiAuth, TaskManager } from '../../src';
import { observe } from '../support/deployed-app';
import { DeployedTaskManager, ObservedEvent } from '../support/deployed-task-manager';
import { runAsShown, runSample, Sample, samplesOf, variablesFrom } from '../support/page-samples';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

const STACK = 'Samples';
const PAGE = readFileSync(path.join(__dirname, '..', '..', 'docs', 'http-api.md'), 'utf8');
const TOKEN = 'a-token';

const AUTHORIZER = `exports.handler = async ({ authorizationToken, methodArn }) => ({
  principalId: 'ada',
  policyDocument: { Version: '2012-10-17', Statement: [{
    Action: 'execute-api:Invoke',
    Effect: authorizationToken === '${TOKEN}' ? 'Allow' : 'Deny',
    Resource: methodArn.split('/').slice(0, 2).join('/') + '/*',
  }] },
});`;

/** Synthesizes the APIs of the samples: with the default authorization, with owners, and with an authorizer. */
function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  observe(stack, 'Tasks', new TaskManager(stack, 'Tasks', {
    corsAllowOrigins: ['https://app.example.com'],
    maxPollWait: Duration.seconds(20),
    removalPolicy: RemovalPolicy.DESTROY,
    taskTypes: [
      { taskType: 'report' },
      {
        taskType: 'export',
        payloadSchema: { type: 'object', properties: { table: { type: 'string' } }, required: ['table'], additionalProperties: false },
      },
    ],
  }));
  const handler = new lambda.Function(stack, 'AuthorizerFunction', {
    code: lambda.Code.fromInline(AUTHORIZER), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
  });
  const auths = {
    Owned: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }),
    Tokens: TaskApiAuth.authorizer(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler }), { ownerContextKey: 'principalId' }),
  };
  for (const [id, auth] of Object.entries(auths)) {
    const tasks = new TaskManager(stack, id, { auth, removalPolicy: RemovalPolicy.DESTROY });
    new CfnOutput(stack, `${id}ApiUrl`, { value: tasks.apiUrl });
  }
  app.synth();
}

/** Processes tasks of type `export`: `customers` takes some seconds, `orders` never ends, and other tables fail. */
class Exporter {
  private readonly stopped = new AbortController();
  private readonly work: Promise<unknown>[] = [];

  constructor(private readonly tasks: DeployedTaskManager) {
    this.work.push(this.receive());
  }

  public async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.work);
  }

  private async receive(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const events = (await this.tasks.receive('Observed')).map(({ Body }) => JSON.parse(Body!) as ObservedEvent);
      for (const event of events.filter((each) => each['detail-type'] === 'TaskCreatedEvent' && each.detail.type === 'export')) {
        this.work.push(this.process(event.detail.taskId, (event.detail.payload as { table: string }).table));
      }
      await delay(100);
    }
  }

  private async process(taskId: string, table: string): Promise<void> {
    if (!['customers', 'orders'].includes(table)) {
      await this.tasks.report('export', { taskId, status: 'FAILED', error: { code: 'UnknownTable', message: `there is no table ${table}` } });
      return;
    }
    await this.tasks.report('export', { taskId, status: 'RUNNING', sequence: 1, progress: { percent: 50, message: `half of ${table}` } });
    if (table === 'orders') return;
    await delay(3000);
    await this.tasks.report('export', { taskId, status: 'SUCCESSFUL', result: { rows: 1000 } });
  }
}

const assembly = temporaryDirectory('samples');
let target: Target;
let exporter: Exporter;
/** The environment variables that the page describes, including the `taskId` and the `nextToken` of the last reply. */
const environment: NodeJS.ProcessEnv = { TOKEN };

beforeAll(async () => {
  synthesize(assembly);
  target = await deployToTarget(assembly, STACK);
  exporter = new Exporter(new DeployedTaskManager(target, 'Tasks'));
  const { accessKeyId, secretAccessKey, sessionToken } = target.credentials;
  Object.assign(environment, {
    AWS_REGION: target.region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken,
  });
});

afterAll(async () => {
  await exporter?.stop();
  await target?.release();
});

function apiUrl({ code }: Sample): string {
  return target.apiUrl(`${code.includes('X-Task-Owner') ? 'Owned' : code.includes('$TOKEN') ? 'Tokens' : 'Tasks'}ApiUrl`);
}

const samples = samplesOf(PAGE);

test.each(samples.filter(({ outcome }) => outcome).map((sample) => [sample.line, sample.code.split('\n', 1)[0], sample] as const))(
  'docs/http-api.md, line %i: %s', async (line, _, sample) => {
    const preparations = samples.filter((other) => !other.outcome && other.line < line);
    const output = await runAsShown(`docs/http-api.md, line ${line}`, sample, () => (
      runSample(sample, preparations, { ...environment, API_URL: apiUrl(sample) }, temporaryDirectory('sample'))
    ));
    Object.assign(environment, variablesFrom(output));
  });

test('the page quotes the errors of API Gateway', () => {
  const { Resources } = JSON.parse(readFileSync(path.join(assembly, `${STACK}.template.json`), 'utf8')) as { Resources: Record<string, any> };
  const responses = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ApiGateway::GatewayResponse');
  const bodies: string[] = responses.map(({ Properties }) => Properties.ResponseTemplates['application/json']);
  const details = new Set(bodies.flatMap((body) => /"detail":"(.*?)"/.exec(body)?.[1] ?? []));
  expect(details.size).toBe(4);
  expect([...details].filter((detail) => !PAGE.includes(detail))).toEqual([]);
});
