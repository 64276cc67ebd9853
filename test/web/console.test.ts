/** The console as a process, in a browser, with the deployed app on the local engine. */
import { mkdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AxeBuilder } from '@axe-core/playwright';
import { Browser, Locator, Page } from 'playwright-core';
import { Cable } from './cable';
import { startChromium } from './chromium';
import { STACK, synthesize } from './console-app';
import { ConsolePages } from './console-pages';
import { ConsoleProcess } from './console-process';
import { TaskClient } from '../../client/src';
import { writeCustomers } from '../../local/demo/customers';
import { openApiFile } from '../../local/demo/open-api';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { signingTaskClient } from '../../local/engine/signing-task-client';
import { EVENT, OUTPUT, TaskStatus } from '../../src/protocol/wire';
import { assumeRole } from '../support/assume-role';
import { PROJECT } from '../support/command';
import { eventually } from '../support/eventually';
import { Program } from '../support/program';
import { Credentials } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const PICTURES = path.join(PROJECT, 'reports', 'web');

let engine: Engine;
let outputs: Record<string, string>;
let apiUrl: string;
/** Somebody else, who uses the API at the same time. */
let client: TaskClient;
/** The way of the console to the engine. */
let cable: Cable;
let credentials: Credentials;
let program: Program;
let openApi: string;
let shared: ConsoleProcess;
let browser: Browser;
let pages: ConsolePages;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  const assembly = temporaryDirectory('console');
  synthesize(assembly);
  openApi = openApiFile(assembly);
  [browser, engine] = await Promise.all([startChromium(), startEngine({ auth: true })]);
  const deployment = await deploy(engine, assembly);
  outputs = deployment.outputs(STACK);
  await writeCustomers(engine, outputs.CustomersTable, 1000);
  apiUrl = deployment.apiUrl(STACK, output('API_URL'));
  client = signingTaskClient(engine, apiUrl);
  cable = await Cable.to(engine.port);
  credentials = await assumeRole(engine, outputs.SupportRole);
  program = new Program({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${cable.port}`,
    AWS_REGION: engine.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken!,
  });
  shared = await ConsoleProcess.start(program, '--stack', STACK, '--openapi', openApi);
});

afterAll(async () => {
  await browser?.close();
  await shared?.stop();
  await cable?.stop();
  await engine?.stop();
});

beforeEach(() => {
  pages = new ConsolePages(browser);
});

afterEach(async () => {
  cable.mend();
  await pages.close();
  expect(pages.faults).toEqual([]);
  expect(pages.foreign).toEqual([]);
});

function output(name: keyof typeof OUTPUT): string {
  return `Tasks${OUTPUT[name]}`;
}

/** Creates a task of a type that has no processor, and reports for it. */
async function aTask(type: string, options: { readonly payload?: unknown; readonly reports?: object[] } = {}): Promise<string> {
  const { payload, reports = [] } = options;
  const { taskId } = await client.create(type, payload);
  for (const detail of reports) await report(taskId, type, detail);
  return taskId;
}

async function report(taskId: string, type: string, detail: object): Promise<void> {
  await new EventBridgeClient(engine.sdkClientConfig).send(new PutEventsCommand({
    Entries: [{
      EventBusName: outputs[output('EVENT_BUS')],
      Source: `${outputs.EventSource}.processor.${type}`,
      DetailType: EVENT.UPDATED,
      Detail: JSON.stringify({ taskId, sequence: Date.now(), ...detail }),
    }],
  }));
}

async function untilStatus(taskId: string, status: TaskStatus): Promise<void> {
  await eventually(`${taskId} is ${status}`, async () => (await client.get(taskId)).status === status || undefined);
}

const open = (hash?: string, options?: Parameters<Browser['newContext']>[0]) => pages.open(shared.url, hash, options);
const row = (page: Page, taskId: string): Locator => page.locator(`[data-id="${taskId}"]`);
const heading = (page: Page, text: string) => page.getByRole('heading', { level: 1 }).getByText(text).waitFor();
const connection = (page: Page, text: string) => page.locator('.connection', { hasText: text }).waitFor();
const loaded = (page: Page) => page.locator('main').filter({ hasNotText: 'Loading…' }).waitFor();
const takePicture = (page: Page, name: string) => page.screenshot({ path: path.join(PICTURES, `${name}.png`) });

/** Puts a report into the dead-letter queue of the updater. */
async function aDeadReport(taskId: string, type: string, detail: object): Promise<void> {
  await new SQSClient(engine.sdkClientConfig).send(new SendMessageCommand({
    QueueUrl: outputs[output('STATUS_UPDATER_DEAD_LETTER_QUEUE')],
    MessageBody: JSON.stringify({
      'source': `${outputs.EventSource}.processor.${type}`, 'detail-type': EVENT.UPDATED, 'detail': { taskId, ...detail },
    }),
  }));
}

// First, because the list then has these tasks only, of which the docs have pictures.
describe('with tasks of all statuses', () => {
  let runningId: string;

  beforeAll(async () => {
    const aRunningTask = (type: string, progress: object, payload?: unknown) => aTask(type, { payload, reports: [{ status: 'RUNNING', progress }] });
    const anEndedTask = (type: string, end: object) => aTask(type, { reports: [{ status: 'RUNNING' }, end] });
    const failed = await client.create('export', { table: 'dragons' });
    const exported = await client.create('export', { table: 'customers', seconds: 2 });
    const imported = await anEndedTask('import', { status: 'SUCCESSFUL', result: { rows: 81_204 } });
    const unsent = await anEndedTask('send-invoices', {
      status: 'FAILED', error: { code: 'MailServerDown', message: 'connect ECONNREFUSED 10.0.3.7:25 after 3 attempts' },
    });
    const cancelled = await aTask('import');
    await client.cancel(cancelled);
    const sent = await anEndedTask('send-invoices', { status: 'SUCCESSFUL', result: { sent: 316 } });
    const running = [
      await aRunningTask('send-invoices', { message: 'waiting for the mail server' }),
      await aRunningTask('import', { percent: 12, message: 'row 9,744 of 81,204' }),
      runningId = await aRunningTask('import', { percent: 64, message: 'row 51,970 of 81,204' }, {
        file: 's3://orders-uploads/2026-11/orders.csv', columns: ['orderId', 'customer', 'total'], options: { delimiter: ';', header: true },
      }),
    ];
    await aTask('import');
    await untilStatus(failed.taskId, 'FAILED');
    for (const taskId of [exported.taskId, imported, sent]) await untilStatus(taskId, 'SUCCESSFUL');
    await untilStatus(unsent, 'FAILED');
    for (const taskId of running) await untilStatus(taskId, 'RUNNING');
    await aDeadReport(runningId, 'import', { status: 'RUNNING', progress: { percent: 65 } });
  });

  const VIEWS: Record<string, () => string> = {
    'list': () => '#/',
    'task': () => `#/tasks/${runningId}`,
    'create': () => '#/create',
    'dead-letters': () => '#/dead-letters',
    'queue': () => '#/dead-letters/updater',
  };

  test.each(['light', 'dark'].flatMap((colorScheme) => Object.keys(VIEWS).map((view) => ({ view, colorScheme: colorScheme as 'light' | 'dark' }))))(
    'axe finds nothing on the view $view, $colorScheme', async ({ view, colorScheme }) => {
      const page = await open(VIEWS[view](), { colorScheme });
      await connection(page, 'Live');
      await loaded(page);
      await takePicture(page, `engine-${view}-${colorScheme}`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    },
  );

  test('the browser gets no credentials', async () => {
    for (const view of Object.values(VIEWS)) {
      const page = await open(view());
      await connection(page, 'Live');
      await loaded(page);
    }
    const texts = await pages.texts();
    expect(texts.some((text) => text.includes('s3://orders-uploads'))).toBe(true);
    for (const secret of Object.values(credentials)) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  });
});

/** Collects the positions of the progress bar in the order in which they are shown. */
const COLLECT_POSITIONS = `
  positions = new Set();
  new MutationObserver(() => document.querySelectorAll('main progress[value]').forEach(({ value }) => positions.add(value)))
    .observe(document.body, { subtree: true, childList: true, attributes: true });
`;

test('a task is created with the form of its type, shown live until it ends, and its result can be downloaded', async () => {
  const page = await open('#/create');
  await connection(page, 'Live');
  await page.evaluate(COLLECT_POSITIONS);
  await page.getByLabel('Type').selectOption('export');
  await page.getByLabel('table').fill('customers');
  await page.getByLabel('seconds', { exact: true }).fill('5');
  await page.getByRole('button', { name: 'Create task' }).click();
  await heading(page, 'Running');
  await heading(page, 'Successful');

  const positions = await page.evaluate<number[]>('[...positions]');
  expect(positions.length).toBeGreaterThan(1);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the result' }).click();
  expect((await download).suggestedFilename()).toBe('customers.csv');
  expect(readFileSync(await (await download).path(), 'utf8').trim().split('\n')).toHaveLength(1001);
  // The result itself is in the bucket.
  expect(pages.foreign.splice(0).map((url) => new URL(url).host)).toEqual([new URL(engine.url).host]);
});

test('the form shows what the API refuses, at the field', async () => {
  const page = await open('#/create');
  await page.getByLabel('Type').selectOption('export');
  await page.getByLabel('seconds', { exact: true }).fill('801');
  await page.getByRole('button', { name: 'Create task' }).click();
  const alert = page.getByRole('alert');
  await alert.getByRole('button', { name: 'payload.seconds' }).click();
  expect(await page.getByLabel('seconds', { exact: true }).getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByLabel('seconds', { exact: true }).evaluate('document.activeElement.id')).toBe('/payload/seconds');
  await alert.getByText('table').first().waitFor();
});

test('a task that fails shows its code and its message', async () => {
  const { taskId } = await client.create('export', { table: 'dragons' });
  const page = await open(`#/tasks/${taskId}`);
  await heading(page, 'Failed');
  await page.getByRole('heading', { name: 'UnknownTable' }).waitFor();
  await page.getByText("table 'dragons' does not exist: use 'customers'").waitFor();
});

test('a task is cancelled only after a confirmation', async () => {
  const taskId = await aTask('import', { reports: [{ status: 'RUNNING' }] });
  const page = await open(`#/tasks/${taskId}`);
  await heading(page, 'Running');
  await page.getByRole('button', { name: 'Cancel task' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  expect((await client.get(taskId)).status).toBe('RUNNING');

  await page.getByRole('button', { name: 'Cancel task' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel task' }).click();
  await heading(page, 'Cancelled');
  expect((await client.get(taskId)).status).toBe('CANCELLED');
});

test('the list is filtered by status and type, and keeps its filters through reload and back', async () => {
  const error = { code: 'NoSuchFile', message: 'orders.csv is missing' };
  const [failed, other, pending] = await Promise.all([
    aTask('import', { reports: [{ status: 'FAILED', error }] }), aTask('send-invoices', { reports: [{ status: 'FAILED', error }] }), aTask('import'),
  ]);
  await Promise.all([untilStatus(failed, 'FAILED'), untilStatus(other, 'FAILED')]);
  const page = await open();
  await Promise.all([failed, other, pending].map((taskId) => row(page, taskId).waitFor()));
  await page.getByRole('button', { name: 'Failed' }).click();
  await row(page, pending).waitFor({ state: 'detached' });
  await row(page, other).waitFor();
  await page.getByLabel('Type', { exact: true }).selectOption('import');
  await row(page, other).waitFor({ state: 'detached' });
  await row(page, failed).waitFor();
  expect(new URL(page.url()).hash).toBe('#/?status=FAILED&type=import');

  await page.reload();
  await row(page, failed).waitFor();
  expect(await row(page, other).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Failed' }).getAttribute('aria-pressed')).toBe('true');
  await page.goBack();
  await row(page, other).waitFor();
  await page.goBack();
  await row(page, pending).waitFor();
});

test('a task that somebody else creates appears in the list, and moves on', async () => {
  const page = await open();
  await connection(page, 'Live');
  const taskId = await aTask('import');
  await row(page, taskId).getByText('Pending').waitFor();
  await report(taskId, 'import', { status: 'RUNNING', progress: { percent: 40, message: 'page 4 of 10' } });
  await row(page, taskId).getByText('page 4 of 10').waitFor();
  await report(taskId, 'import', { status: 'SUCCESSFUL' });
  await row(page, taskId).getByText('Successful').waitFor();
});

describe('a console that can not reach the API says so, and mends itself', () => {
  test('in the list', async () => {
    const taskId = await aTask('import', { reports: [{ status: 'RUNNING' }] });
    const page = await open();
    await connection(page, 'Live');
    await row(page, taskId).getByText('Running').waitFor();
    cable.cut();
    await connection(page, 'Offline');
    await page.getByRole('alert').getByText('Offline').waitFor();
    await takePicture(page, 'engine-offline');
    await report(taskId, 'import', { status: 'SUCCESSFUL' });
    await untilStatus(taskId, 'SUCCESSFUL');
    const created = await aTask('import');

    cable.mend();
    await connection(page, 'Live');
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await row(page, taskId).getByText('Successful').waitFor();
    await row(page, created).waitFor();
  });

  test('on the page of a task', async () => {
    const taskId = await aTask('import', { reports: [{ status: 'RUNNING' }] });
    const page = await open(`#/tasks/${taskId}`);
    await connection(page, 'Live');
    await heading(page, 'Running');
    cable.cut();
    await connection(page, 'Offline');
    await report(taskId, 'import', { status: 'SUCCESSFUL', result: { rows: 7 } });
    await untilStatus(taskId, 'SUCCESSFUL');

    cable.mend();
    await heading(page, 'Successful');
    await connection(page, 'Live');
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });
});

test('a page says that its console has ended, and that another one at its port has another address', async () => {
  const console = await ConsoleProcess.start(program, '--stack', STACK);
  const page = await pages.open(console.url);
  await connection(page, 'Live');
  await console.stop('SIGKILL');
  await page.getByRole('alert').getByText('The console has stopped').waitFor();
  await takePicture(page, 'engine-stopped');

  const next = await ConsoleProcess.start(program, '--stack', STACK, '--port', console.port);
  await page.getByRole('alert').getByText('It has a new address now').waitFor();
  await page.goto(next.url);
  await connection(page, 'Live');
  expect(await next.stop()).toMatchObject({ stderr: '' });
});

test('a dead letter can be read and redriven, and its task then ends', async () => {
  const taskId = await aTask('import', { reports: [{ status: 'RUNNING' }] });
  await untilStatus(taskId, 'RUNNING');
  await aDeadReport(taskId, 'import', { status: 'SUCCESSFUL', result: 'from the dead' });
  const page = await open('#/dead-letters');
  await page.getByRole('link', { name: 'Show messages of updater' }).click();
  const letter = page.getByRole('listitem').filter({ hasText: taskId });
  await letter.getByText('SUCCESSFUL', { exact: true }).waitFor();
  await letter.getByText('Body').click();
  await letter.getByText('from the dead').waitFor();

  await page.getByRole('button', { name: 'Redrive updater' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).click();
  await page.getByRole('status').getByText('None is left').waitFor();
  await letter.waitFor({ state: 'detached' });
  await page.goto(`${shared.url}#/tasks/${taskId}`);
  await heading(page, 'Successful');
  await page.getByText('from the dead').waitFor();
});

test('a console without live updates polls until the task ends', async () => {
  const console = await ConsoleProcess.start(program, '--url', apiUrl);
  const taskId = await aTask('import', { reports: [{ status: 'RUNNING' }] });
  const page = await pages.open(console.url, `#/tasks/${taskId}`);
  await connection(page, 'Polling');
  await heading(page, 'Running');
  await report(taskId, 'import', { status: 'SUCCESSFUL', result: { rows: 12 } });
  await heading(page, 'Successful');
  await page.getByRole('link', { name: 'Dead letters' }).click();
  await page.getByText('The console does not know the queues').waitFor();
  await console.stop();
});
