/** The app of examples/existing-api on the local engine, with IAM on. */
import { App } from 'aws-cdk-lib';
import { ExportService } from '../../examples/existing-api/export-service';
import { ShopApi } from '../../examples/existing-api/shop-api';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { eventually } from '../support/eventually';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  const outdir = temporaryDirectory('existing-api');
  const app = new App({ outdir });
  new ExportService(app, 'ExportService', { shopApi: new ShopApi(app, 'ShopApi') });
  app.synth();
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, outdir);
});

afterAll(() => engine?.stop());

const ORIGIN = 'https://shop.example.com';

function call(customer: string | undefined, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${deployment.apiUrl('ExportService', 'ApiUrl')}${path}`, {
    method,
    body: body && JSON.stringify(body),
    headers: { ...(customer && { Authorization: customer }), 'Content-Type': 'application/json', 'Origin': ORIGIN },
  });
}

test('a customer exports orders beside the methods of the shop', async () => {
  expect(await (await call('customer-1', 'GET', 'orders')).json()).toEqual({ orders: ['o-1', 'o-2'] });

  const accepted = await call('customer-1', 'POST', 'tasks', { type: 'export' });
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN);
  const location = new URL(accepted.headers.get('Location')!, accepted.url);
  const { taskId } = await accepted.json() as { taskId: string };
  expect(location.pathname).toMatch(new RegExp(`/v1/tasks/${taskId}$`));

  const ended = await eventually('the export', async () => {
    const task = await (await call('customer-1', 'GET', `tasks/${taskId}`)).json() as { status: string };
    return task.status === 'SUCCESSFUL' ? task : undefined;
  });
  expect(ended).toMatchObject({ result: { orders: ['o-1', 'o-2'] } });
  expect((await call('customer-2', 'GET', `tasks/${taskId}`)).status).toBe(404);
  expect(await (await call('customer-2', 'GET', 'tasks')).json()).toEqual({ tasks: [] });
});

test('the errors of API Gateway are those of the shop', async () => {
  const refused = await call(undefined, 'GET', 'tasks');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('Content-Type')).toMatch(/^application\/json/);
});
