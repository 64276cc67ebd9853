/** The app of examples/hardened on the local engine, with IAM on. Networks and KMS are the matter of templates: the engine has none. */
import { App, CfnOutput } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsClient } from 'aws4fetch';
import { Foundation } from '../../examples/hardened/foundation';
import { PayrollService } from '../../examples/hardened/payroll-service';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { assumeRole } from '../support/assume-role';
import { eventually } from '../support/eventually';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const STACK = 'PayrollService';

/** The header by which the engine knows through which VPC endpoint a request comes. */
const VPC_ENDPOINT = 'x-local-engine-vpc-endpoint';

let engine: Engine;
let deployment: Deployment;
let template: Template;

beforeAll(async () => {
  const outdir = temporaryDirectory('payroll-service');
  const app = new App({ outdir });
  const foundation = new Foundation(app, 'Foundation');
  const service = new PayrollService(app, STACK, { foundation });
  new CfnOutput(service, 'VpcEndpoint', { value: foundation.apiEndpoint.vpcEndpointId });
  new CfnOutput(service, 'BackOfficeRole', { value: service.backOffice.roleArn });
  new CfnOutput(service, 'StrangerRole', { value: service.tasks.statusReader!.role!.roleArn });
  template = Template.fromStack(service);
  app.synth();
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, outdir);
});

afterAll(() => engine?.stop());

/** Calls the API with the permissions of a role. */
async function as(role: 'BackOfficeRole' | 'StrangerRole') {
  const credentials = await assumeRole(engine, deployment.outputs(STACK)[role]);
  const aws = new AwsClient({ ...credentials, region: engine.region, service: 'execute-api', retries: 0 });
  return (method: string, path: string, body?: object, vpcEndpoint = deployment.outputs(STACK).VpcEndpoint) =>
    aws.fetch(`${deployment.apiUrl(STACK, 'ApiUrl')}${path}`, {
      method, body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json', [VPC_ENDPOINT]: vpcEndpoint },
    });
}

const PAYROLL = { type: 'payroll', payload: { month: '2026-11' } };

test('the back office runs a payroll', async () => {
  const call = await as('BackOfficeRole');
  const accepted = await call('POST', 'tasks', PAYROLL);
  expect(accepted.status).toBe(202);
  const { taskId } = await accepted.json() as { taskId: string };
  const ended = await eventually('the payroll', async () => {
    const task = await (await call('GET', `tasks/${taskId}`)).json() as { status: string };
    return ['SUCCESSFUL', 'FAILED'].includes(task.status) ? task : undefined;
  });
  expect(ended).toMatchObject({ status: 'SUCCESSFUL', result: { month: '2026-11', payslips: 42 } });
});

test('the back office is denied from elsewhere, and what it has no grant for', async () => {
  const call = await as('BackOfficeRole');
  expect((await call('POST', 'tasks', PAYROLL, 'vpce-other')).status).toBe(403);
  expect((await call('POST', 'tasks/x/cancel')).status).toBe(403);
});

test('a role without a grant is denied through the endpoint, too', async () => {
  const call = await as('StrangerRole');
  expect((await call('POST', 'tasks', PAYROLL)).status).toBe(403);
  expect((await call('GET', 'tasks')).status).toBe(403);
});

test('each function has a log group with the key of the company, because the boundary does not let it create one', () => {
  template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: Match.anyValue() } });
  template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
});
