/** The page of the console in a browser, with a server that does what the tests say. */
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { build } from 'esbuild';
import { Browser, Locator, Page } from 'playwright-core';
import { startChromium } from './chromium';
import { ConsolePages } from './console-pages';
import { FakeConsole } from './fake-console';
import { ConsoleSettings } from '../../cli/src/protocol';
import { Task } from '../../client/src/task';
import { command, PROJECT } from '../support/command';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const SOURCES = path.join(PROJECT, 'cli', 'page');
const PICTURES = path.join(PROJECT, 'reports', 'web');
const MAX_GZIPPED_BYTES = 60 * 1024;
/** More than the pause between two polls. */
const PATIENCE_MS = 30_000;

const dist = temporaryDirectory('console-page');
let browser: Browser;
let server: FakeConsole;
let consoles: ConsolePages;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  [browser] = await Promise.all([startChromium(), bundlePage()]);
});

afterAll(() => browser?.close());

beforeEach(async () => {
  consoles = new ConsolePages(browser);
  server = await FakeConsole.start(dist);
});

afterEach(async () => {
  await consoles.close();
  await server.stop();
  expect(consoles.faults).toEqual([]);
});

async function bundlePage(): Promise<void> {
  await build({
    entryPoints: ['main.tsx', 'style.css', 'index.html'].map((file) => path.join(SOURCES, file)),
    bundle: true,
    format: 'esm',
    minify: true,
    loader: { '.html': 'copy' },
    outdir: dist,
  });
}

/** Opens a view, and collects what goes wrong in it. */
const open = (hash?: string, options?: Parameters<Browser['newContext']>[0]): Promise<Page> => consoles.open(server.url, hash, options);

function use(settings: Partial<ConsoleSettings>): void {
  server.settings = { ...server.settings, ...settings };
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const rows = (page: Page): Locator => page.locator('.row-body [role=row]');
const row = (page: Page, task: Task): Locator => page.locator(`[data-id="${task.taskId}"]`);
const connection = (page: Page, text: string) => page.locator('.connection', { hasText: text }).waitFor();
const counts = (page: Page, text: string | RegExp) => page.locator('.counts', { hasText: text }).waitFor();
const said = (page: Page, text: string | RegExp) => page.locator('[aria-live=polite]', { hasText: text }).waitFor({ state: 'attached' });
const scrollTop = (page: Page) => page.evaluate<number>("document.querySelector('.scroller').scrollTop");
const scrollTo = (page: Page, top: number) => page.evaluate(`document.querySelector('.scroller').scrollTop = ${top}`);
const topOf = async (locator: Locator) => Math.round((await locator.boundingBox())!.y);
const focused = (page: Page) => page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent');

/** Waits until an expression is true in the page. Playwright's own way needs eval(), which the page does not allow. */
async function until(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !await page.evaluate(expression);) {
    if (Date.now() > end) throw new Error(`is not true: ${expression}`);
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
}

const takePicture = (page: Page, name: string) => page.screenshot({ path: path.join(PICTURES, `console-${name}.png`), fullPage: true });

/** Puts tasks that were created one after the other, a minute apart. The newest is the first one. */
function putTasks(count: number, task: (index: number) => Partial<Task> = () => ({})): Task[] {
  return Array.from({ length: count }, (_, index) => server.put({ createdAt: ago(60 + index * 60), status: 'SUCCESSFUL', ...task(index) }));
}

test('the code of the page has no type errors', async () => {
  await command(PROJECT, 'npx', 'tsc', '-p', SOURCES);
});

test('the page is small', async () => {
  const sizes = await Promise.all(['index.html', 'main.js', 'style.css'].map(async (file) => (
    Number(await command(PROJECT, 'sh', '-c', `gzip -c "${path.join(dist, file)}" | wc -c`))
  )));
  const size = sizes.reduce((sum, each) => sum + each);
  console.info(`the page has ${size} bytes, gzipped`);
  expect(size).toBeLessThan(MAX_GZIPPED_BYTES);
});

describe('the list', () => {
  test('fills as tasks come, and shows their changes', async () => {
    const page = await open();
    await page.getByText('No tasks yet').waitFor();
    await connection(page, 'Live');
    const task = server.create({ type: 'import' });
    await row(page, task).getByText('Pending').waitFor();
    server.change(task.taskId, { status: 'RUNNING', progress: { percent: 40, message: 'page 4 of 10' } });
    await row(page, task).getByText('page 4 of 10').waitFor();
    server.change(task.taskId, { status: 'FAILED', error: { code: 'NoSuchFile', message: 'orders.csv is missing' } });
    await row(page, task).getByText('NoSuchFile').waitFor();
    await counts(page, /1 loaded.*1 failed/);
  });

  test('keeps its filters in the URL, through reload, back and forward', async () => {
    putTasks(30, (index) => ({ status: index % 2 ? 'FAILED' : 'SUCCESSFUL', type: index < 10 ? 'import' : 'export', error: undefined }));
    const page = await open();
    await counts(page, '30 loaded');
    await page.getByRole('button', { name: 'Failed' }).click();
    await counts(page, '15 loaded');
    await page.getByLabel('Type', { exact: true }).fill('import');
    await page.getByLabel('Type', { exact: true }).press('Enter');
    // At once, although the page may not show the type yet.
    await page.getByLabel('Age').selectOption('Last 15 minutes');
    expect(new URL(page.url()).hash).toBe('#/?status=FAILED&type=import&age=15m');
    const listing = 'npx cdk-task-manager-cli list --status FAILED --type import --age 15m --stack Orders';
    await page.locator('.list-foot code').getByText(listing, { exact: true }).waitFor();

    await page.reload();
    await counts(page, /\b5 loaded/);
    expect(await page.getByRole('button', { name: 'Failed' }).getAttribute('aria-pressed')).toBe('true');
    await page.goBack();
    await page.goBack();
    await counts(page, '15 loaded');
    expect(await page.getByLabel('Type', { exact: true }).inputValue()).toBe('');
    await page.goForward();
    await counts(page, /\b5 loaded/);
    await page.getByRole('link', { name: 'Clear' }).click();
    await counts(page, '30 loaded');
  });

  test('loads until the age of its filter', async () => {
    putTasks(300);
    const page = await open('#/?age=1h');
    await page.getByText('No older tasks of this age').waitFor();
    await counts(page, '59 loaded');
    expect(server.requests.filter((request) => request.includes('nextToken'))).toEqual([]);
  });

  test('searches some pages for a task that matches, and more if somebody asks for them', async () => {
    const tasks = putTasks(1001, (index) => ({ status: index === 1000 ? 'FAILED' : 'SUCCESSFUL' }));
    server.filtersPages = true;
    const page = await open('#/?status=FAILED');
    await page.getByText('No task matches so far.').waitFor();
    const pages = () => server.requests.filter((request) => request.includes('status=FAILED')).length;
    expect(pages()).toBe(5);
    await page.getByRole('button', { name: 'Load more' }).click();
    await until(page, "document.querySelector('.end').textContent !== 'Loading…'");
    await page.getByRole('button', { name: 'Load more' }).click();
    await row(page, tasks[1000]).waitFor();
    expect(pages()).toBe(11);
  });

  test('keeps a task that no longer matches, and marks it', async () => {
    const [task] = [server.put({ createdAt: ago(60), status: 'RUNNING' }), server.put({ createdAt: ago(90), status: 'FAILED' })];
    const page = await open('#/?status=RUNNING');
    await connection(page, 'Live');
    await row(page, task).waitFor();
    server.change(task.taskId, { status: 'SUCCESSFUL' });
    await row(page, task).getByText('no longer matches').waitFor();
    await page.getByRole('button', { name: 'Failed' }).click();
    await row(page, task).waitFor({ state: 'detached' });
    expect(await rows(page).count()).toBe(1);
  });

  test('does not move what somebody reads when new tasks come', async () => {
    const tasks = putTasks(100);
    const page = await open();
    await connection(page, 'Live');
    await row(page, tasks[0]).waitFor();
    await scrollTo(page, 1000);
    await row(page, tasks[30]).waitFor();
    const before = await topOf(row(page, tasks[30]));
    for (let count = 0; count < 3; count++) server.create();
    await page.getByRole('button', { name: '3 new tasks' }).waitFor();
    expect(await topOf(row(page, tasks[30]))).toBe(before);
    await said(page, /new tasks? above/);

    await page.getByRole('button', { name: '3 new tasks' }).click();
    await page.getByRole('button', { name: '3 new tasks' }).waitFor({ state: 'detached' });
    expect(await scrollTop(page)).toBe(0);
    await row(page, server.create()).waitFor();
    expect(await page.getByRole('button', { name: /new task/ }).count()).toBe(0);
  });

  test('shows new tasks at its top, unless a row has the focus', async () => {
    const [task] = putTasks(50);
    const page = await open();
    await connection(page, 'Live');
    await row(page, task).waitFor();
    const first = server.create();
    await row(page, first).waitFor();
    expect(await scrollTop(page)).toBe(0);

    await row(page, task).getByRole('link').focus();
    const before = await topOf(row(page, task));
    server.create();
    await page.getByRole('button', { name: '1 new task' }).waitFor();
    expect(await topOf(row(page, task))).toBe(before);
  });

  test('says why a page could not be loaded, and loads it again', async () => {
    const [newest] = putTasks(150);
    let isRefused = true;
    server.refuse = (_, url) => isRefused && url.searchParams.get('nextToken') ? { status: 400, detail: 'the nextToken is not valid' } : undefined;
    const page = await open();
    await row(page, newest).waitFor();
    await scrollTo(page, 5000);
    await page.getByText('the nextToken is not valid').waitFor();
    await counts(page, '100 loaded');
    isRefused = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await counts(page, '150 loaded');
  });
});

test('10,000 tasks scroll with few rows in the document', async () => {
  const tasks = putTasks(10_000);
  const page = await open();
  await row(page, tasks[0]).waitFor();
  await page.evaluate('long = []; new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" })');
  const most: number[] = [];
  for (let pages = 0; pages < 120; pages++) {
    await page.evaluate("document.querySelector('.scroller').scrollTop += 8000");
    await page.evaluate('new Promise(requestAnimationFrame)');
    most.push(await rows(page).count());
    if (await page.getByText('No older tasks').isVisible()) break;
    await until(page, "document.querySelector('.end').textContent !== 'Loading…'");
  }
  await counts(page, '10,000 loaded');
  expect(Math.max(...most)).toBeLessThan(60);

  // A frame for each step, from the end to the start.
  const frames = await page.evaluate<number[]>(`(async () => {
    const scroller = document.querySelector('.scroller');
    const times = [];
    let last = performance.now();
    for (let step = 0; step < 200; step++) {
      scroller.scrollTop -= scroller.scrollHeight / 200;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    return times;
  })()`);
  const long = await page.evaluate<number[]>('long');
  console.info(`200 frames with 10,000 tasks: median ${median(frames)} ms, longest ${Math.round(Math.max(...frames))} ms, ${long.length} long tasks`);
  await row(page, tasks[0]).waitFor();

  // A change renders its own row, and no other.
  await connection(page, 'Live');
  await page.evaluate(`
    changed = new Set();
    new MutationObserver((records) => records.forEach(({ target }) => changed.add((target.parentElement.closest('[data-id]') ?? target).dataset?.id)))
      .observe(document.querySelector('.row-body'), { subtree: true, childList: true, characterData: true, attributes: true })
  `);
  server.change(tasks[2].taskId, { type: 'changed', status: 'CANCELLED' });
  await row(page, tasks[2]).getByText('Cancelled').waitFor();
  expect(await page.evaluate('[...changed].filter(Boolean)')).toEqual([tasks[2].taskId]);
});

function median(numbers: number[]): number {
  return Math.round([...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]);
}

describe('the page of a task', () => {
  test('is live until its end', async () => {
    const task = server.put({ createdAt: ago(30), payload: { table: 'orders' } });
    const page = await open(`#/tasks/${task.taskId}`);
    await connection(page, 'Live');
    await page.getByText('waiting').waitFor();
    server.change(task.taskId, { status: 'RUNNING', progress: { percent: 40, message: 'page 4 of 10' } });
    await page.getByText('page 4 of 10').waitFor();
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('40');
    server.change(task.taskId, { status: 'SUCCESSFUL', result: { rows: 1000 } });
    await page.getByText('1000').waitFor();
    await said(page, 'The task is successful now.');
    expect(await page.title()).toBe('export-orders: successful – Task console');
    expect(await page.locator('.timeline .event').allTextContents()).toEqual(['TaskCreatedEvent version 1', 'TaskRunningEvent version 2', 'TaskSuccessfulEvent version 3']);
  });

  test('has an error with its article, the command for the same, and a form for another one like it', async () => {
    const task = server.put({ createdAt: ago(3600), status: 'FAILED', payload: { a: 1 }, error: { code: 'TaskTimeout', message: '<b>late</b>' } });
    const page = await open(`#/tasks/${task.taskId}`);
    await page.getByText('<b>late</b>').waitFor();
    const article = page.getByRole('link', { name: 'What this means' });
    expect(await article.getAttribute('href')).toMatch(/runbook\.md#tasks-fail-with-tasktimeout$/);
    expect(await article.getAttribute('rel')).toBe('noreferrer');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the command' }).click();
    await said(page, 'Copied.');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`npx cdk-task-manager-cli get ${task.taskId} --stack Orders`);
    await page.getByRole('link', { name: 'Create one like this' }).click();
    await page.getByLabel('JSON').waitFor();
    await until(page, "document.getElementById('/payload').value.includes('\"a\": 1')");
    expect(await page.getByLabel('Type').inputValue()).toBe('export-orders');
  });

  test('links to the result in the bucket, and gets a new link when the old one has expired', async () => {
    const task = server.put({ createdAt: ago(60), status: 'SUCCESSFUL', resultUrl: 'https://bucket.example.com/a?signature', resultUrlExpiresAt: ago(1) });
    const page = await open(`#/tasks/${task.taskId}`);
    server.put({ ...task, resultUrlExpiresAt: ago(-900) });
    await page.getByRole('button', { name: 'Get a new download link' }).click();
    const link = page.getByRole('link', { name: 'Download the result' });
    expect(await link.getAttribute('href')).toBe('https://bucket.example.com/a?signature');
    expect(await link.getAttribute('rel')).toBe('noreferrer');
    await page.getByText('It expires in 1').waitFor();
  });

  test('folds large JSON, which is not in the document until it is unfolded', async () => {
    const payload = { rows: Array.from({ length: 1000 }, (_, id) => ({ id })), text: 'x'.repeat(1000) };
    const task = server.put({ createdAt: ago(60), payload });
    const page = await open(`#/tasks/${task.taskId}`);
    await page.getByText('"rows"').waitFor();
    expect(await page.locator('.json-part').count()).toBeLessThan(10);
    await page.getByText('"rows"').click();
    await page.getByText('900 … 999').click();
    await page.locator('.json-number', { hasText: '999' }).waitFor();
    await page.getByRole('button', { name: 'show all 1,000 characters' }).click();
    await page.getByText(`"${'x'.repeat(1000)}"`).waitFor();
  });

  test('cancels after a confirmation', async () => {
    const task = server.put({ createdAt: ago(60), status: 'RUNNING' });
    const page = await open(`#/tasks/${task.taskId}`);
    await page.getByRole('button', { name: 'Cancel task' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this task?' });
    await dialog.getByText('stops only if its processor').waitFor();
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Cancel task');
    expect(server.get(task.taskId).status).toBe('RUNNING');

    await page.getByRole('button', { name: 'Cancel task' }).click();
    await dialog.getByRole('button', { name: 'Cancel task' }).dblclick();
    await page.getByRole('heading', { level: 1 }).getByText('Cancelled').waitFor();
    expect(server.requests.filter((request) => request.startsWith('POST'))).toEqual([`POST tasks/${task.taskId}/cancel`]);
  });

  test('says that a cancellation was refused', async () => {
    const task = server.put({ createdAt: ago(60), status: 'RUNNING' });
    const page = await open(`#/tasks/${task.taskId}`);
    await page.getByRole('button', { name: 'Cancel task' }).click();
    server.refuse = (method) => method === 'POST' ? { status: 409, detail: 'the task is SUCCESSFUL' } : undefined;
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel task' }).click();
    await page.getByRole('alert').getByText('it had ended before').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('opens by the beginning of an id that the list shows', async () => {
    const [task] = putTasks(2, (index) => ({ type: `type-${index}` }));
    const page = await open();
    await row(page, task).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(task.taskId.slice(0, 8));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'type-0' }).waitFor();
  });

  test('says that there is no such task', async () => {
    const page = await open('#/');
    await page.keyboard.press('/');
    await page.keyboard.type('0d3f7f42-5c8e-4f0e-9b1a-6f1d2a7c9e55');
    await page.keyboard.press('Enter');
    await page.getByText('There is no task with this id, or it belongs to somebody else.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'No such task' }).waitFor();
  });
});

describe('the connection', () => {
  test('goes on by polling without live updates, and is live again by itself', async () => {
    const page = await open();
    await connection(page, 'Live');
    server.cutLiveUpdates();
    await connection(page, 'Polling every 10 s');
    await said(page, 'Connection: Polling every 10 s.');
    const task = server.create();
    await row(page, task).waitFor();
    server.mendLiveUpdates();
    await connection(page, 'Live');
  });

  test('is said to poll if there are no live updates', async () => {
    use({ live: false });
    const page = await open();
    await connection(page, 'Polling every 10 s');
    expect(server.hasSockets).toBe(false);
  });

  test('to the API is said to be lost, and mended by itself', async () => {
    const page = await open();
    await connection(page, 'Live');
    server.refuse = () => ({ status: 502, detail: 'the API could not be reached: getaddrinfo ENOTFOUND' });
    server.cutLiveUpdates();
    await connection(page, 'Offline: trying again');
    await page.getByRole('alert').getByText('getaddrinfo ENOTFOUND').waitFor();
    await takePicture(page, 'offline');
    server.refuse = undefined;
    const task = server.create();
    await row(page, task).waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('that the API refuses is said, with what to do', async () => {
    server.refuse = () => ({ status: 403, detail: 'User: ada is not authorized to perform: execute-api:Invoke' });
    const page = await open();
    await page.getByRole('alert').getByText('needs the permission execute-api:Invoke').first().waitFor();
    await connection(page, 'Refused');
    server.refuse = () => ({ status: 401, detail: 'The incoming token has expired' });
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('alert').getByText('sign in anew').first().waitFor();
    server.refuse = undefined;
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('No tasks yet').waitFor();
  });

  test('to a console that has stopped is said to be lost, and mended when it runs again', async () => {
    const task = server.put({ createdAt: ago(60) });
    const page = await open();
    await row(page, task).waitFor();
    await connection(page, 'Live');
    await server.stop();
    await page.getByRole('alert').getByText('The console has stopped.').waitFor();
    await server.restart();
    await connection(page, 'Live');
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('to another console at the same port is said, and not taken for its own', async () => {
    const page = await open();
    await connection(page, 'Live');
    await server.stop();
    await connection(page, 'Stopped');
    await server.restart('another-token');
    await page.getByRole('alert').getByText('The console was started again.').waitFor();
    await page.getByRole('button', { name: 'Try now' }).click();
    await connection(page, 'Replaced');
  });

  test('is said without moving what somebody reads', async () => {
    const [task] = putTasks(10);
    const page = await open();
    await connection(page, 'Live');
    await row(page, task).waitFor();
    const before = await topOf(row(page, task));
    await server.stop();
    await page.getByRole('alert').getByText('The console has stopped.').waitFor();
    expect(await topOf(row(page, task))).toBe(before);
  });

  test('to a console that does not run is said when the page is opened', async () => {
    const page = await open();
    await page.route('**/settings', (route) => route.abort());
    await page.reload();
    await page.getByRole('heading', { name: 'The console does not answer' }).waitFor();
    await page.unroute('**/settings');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No tasks yet').waitFor();
  });
});

const ORDERS = {
  type: 'object',
  required: ['table', 'options'],
  properties: {
    table: { type: 'string', description: 'Name of the table.', pattern: '^[a-z]+$', minLength: 3, examples: ['orders'] },
    format: { enum: ['csv', 'json'], default: 'csv' },
    from: { type: 'string', format: 'date', title: 'First day' },
    limit: { type: 'integer', minimum: 1 },
    compress: { type: 'boolean' },
    columns: { type: 'array', items: { type: 'string' }, description: 'Columns in their order.' },
    options: { type: 'object', required: ['delimiter'], properties: { delimiter: { type: 'string', default: ';' } } },
    filter: { anyOf: [{ type: 'string' }, { type: 'object' }] },
  },
};

describe('the form', () => {
  const submit = (page: Page) => page.locator('main').getByRole('button', { name: 'Create task' });

  beforeEach(() => use({ taskTypes: [{ type: 'export-orders', payloadSchema: ORDERS }, { type: 'send-invoice' }] }));

  test('is made of the schema of the task type, and creates a task', async () => {
    const page = await open('#/create');
    await page.getByLabel('table').fill('orders');
    await page.getByLabel('format').selectOption('json');
    await page.getByLabel('First day').fill('2026-01-31');
    await page.getByLabel('limit', { exact: true }).fill('10');
    await page.getByLabel('compress').selectOption('true');
    await page.getByRole('button', { name: 'Add to columns' }).click();
    await page.keyboard.type('id');
    await page.getByRole('button', { name: 'Add to columns' }).click();
    await page.keyboard.type('total');
    await page.getByRole('button', { name: 'Remove columns 1' }).click();
    await page.getByLabel('filter').fill('{ "a": 1 }');
    await page.getByLabel('Timeout').fill('60');
    await submit(page).dblclick();
    await page.getByRole('heading', { level: 1 }).getByText('Pending').waitFor();

    const [, taskId] = /tasks\/(\w+)/.exec(page.url())!;
    expect(server.get(taskId)).toMatchObject({
      type: 'export-orders',
      payload: {
        table: 'orders', format: 'json', from: '2026-01-31', limit: 10, compress: true, columns: ['total'], options: { delimiter: ';' }, filter: { a: 1 },
      },
    });
    expect(new Set(server.keys).size).toBe(1);
  });

  test('can be edited as JSON, and back', async () => {
    const page = await open('#/create');
    await page.getByLabel('table').fill('orders');
    await page.getByLabel('Edit as JSON').check();
    const json = page.getByLabel('JSON', { exact: true });
    expect(JSON.parse(await json.inputValue())).toEqual({ table: 'orders', format: 'csv', options: { delimiter: ';' } });
    await json.fill('{ "table": "other", "unknown": 1 }');
    await page.getByText('Edit as JSON').click();
    await page.getByText('can\'t show all of this JSON').waitFor();
    expect(await page.getByLabel('Edit as JSON').isChecked()).toBe(true);
    await json.fill('{ "table": "customers", "format": "csv", "options": { "delimiter": ";" } }');
    await page.getByText('Edit as JSON').click();
    expect(await page.getByLabel('table').inputValue()).toBe('customers');
  });

  test('shows what the API says at its fields and in a summary, which gets the focus', async () => {
    server.refuse = (method) => method !== 'POST' ? undefined : {
      status: 422,
      detail: "the payload does not match the schema of task type 'export-orders'",
      errors: [
        { pointer: '#/payload', detail: 'Instance does not have required property "table".' },
        { pointer: '#/payload/options/delimiter', detail: 'String is too long.' },
        { pointer: '#/timeoutSeconds', detail: 'must be at most 3600' },
      ],
    };
    const page = await open('#/create');
    await submit(page).click();
    await page.locator('.create > .callout', { hasText: 'does not match the schema' }).waitFor();
    await until(page, "document.activeElement.matches('.callout')");
    expect(await page.getByLabel('table').getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('.field-error').allTextContents()).toEqual(['Instance does not have required property "table".', 'String is too long.', 'must be at most 3600']);
    expect(await page.locator('.callout li').allTextContents()).toEqual([
      'payload.table: Instance does not have required property "table".', 'payload.options.delimiter: String is too long.', 'timeoutSeconds: must be at most 3600',
    ]);
    await takePicture(page, 'errors');
    await page.getByRole('button', { name: 'payload.options.delimiter' }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('/payload/options/delimiter');

    server.refuse = undefined;
    await page.getByLabel('table').fill('orders');
    await submit(page).click();
    await page.getByRole('heading', { level: 1 }).getByText('Pending').waitFor();
  });

  test('does not send what is no number and no JSON', async () => {
    const page = await open('#/create');
    await page.getByLabel('limit', { exact: true }).fill('ten');
    await page.getByLabel('filter').fill('{');
    await submit(page).click();
    await page.getByText('some values can\'t be sent').waitFor();
    expect(await page.locator('.field-error').count()).toBe(2);
    expect(server.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  test('takes any type and any JSON if there is no document', async () => {
    use({ taskTypes: undefined });
    const page = await open('#/create');
    await page.getByLabel('Type').fill('import');
    await page.getByLabel('JSON').fill('[1, 2]');
    expect(await page.locator('.command code').textContent()).toBe("npx cdk-task-manager-cli create import --payload '[1,2]' --stack Orders");
    await submit(page).click();
    await page.getByRole('heading', { level: 1 }).getByText('Pending').waitFor();
  });
});

describe('dead letters', () => {
  const QUEUE = { name: 'publisher', url: 'https://sqs.example.com/1', title: 'Changes that were not published.', redrive: 'Hands them to the publisher again.', runbook: 'https://example.com/runbook', messages: 2, hidden: 1 } as const;

  test('are counted, shown and redriven', async () => {
    const task = server.put({ createdAt: ago(60) });
    server.queues = [QUEUE, { ...QUEUE, name: 'updater', messages: 0, hidden: 0 }];
    server.letters = [{ messageId: 'message-1', sentAt: ago(3600), receiveCount: 5, taskId: task.taskId, detailType: 'TaskRunningEvent', error: 'Rate exceeded', body: '{"a":{"b":1}}' },
      { messageId: 'message-2', sentAt: ago(3600), receiveCount: 1, body: 'text', notRedrivable: 'it is no record' }];
    server.redriveResult = { queue: 'publisher', redriven: 1, left: [{ messageId: 'message-2', reason: 'it is no record' }] };
    const page = await open('#/dead-letters');
    await page.getByText('2 messages').waitFor();
    expect(await page.getByRole('button', { name: /^Redrive/ }).count()).toBe(1);
    await page.getByRole('link', { name: 'Show messages of publisher' }).click();
    await page.getByRole('heading', { level: 1, name: 'publisher' }).waitFor();
    await page.getByText('Rate exceeded').waitFor();
    await page.getByText('Body').first().click();
    await page.getByText('"b"').waitFor();
    expect(await page.getByRole('link', { name: task.taskId }).getAttribute('href')).toBe(`#/tasks/${task.taskId}`);

    await page.getByRole('button', { name: 'Redrive publisher' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).dblclick();
    await page.getByText('1 redriven').waitFor();
    await page.getByText('message-2: it is no record').waitFor();
    expect(server.requests.filter((request) => request.startsWith('POST'))).toEqual(['POST dead-letters/publisher/redrive']);
  });

  test('say that a redrive has failed', async () => {
    server.queues = [QUEUE];
    const page = await open('#/dead-letters');
    await page.getByRole('button', { name: 'Redrive publisher' }).click();
    server.refuse = (method) => method === 'POST' ? { status: 502, detail: 'AccessDenied: sqs:ReceiveMessage' } : undefined;
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).click();
    await page.getByRole('alert').getByText('AccessDenied').waitFor();
  });

  test('need the name of the stack', async () => {
    use({ deadLetters: false });
    const page = await open('#/dead-letters');
    await page.getByText('npx cdk-task-manager-cli console --stack <name>').waitFor();
    expect(server.requests.filter((request) => request.includes('dead-letters'))).toEqual([]);
  });
});

test('the page says who sends the requests, and what it can see', async () => {
  use({ owner: 'ada', identity: 'the header Authorization' });
  const page = await open();
  const header = page.getByRole('banner');
  for (const text of ['the header Authorization', 'ada', 'https://abc123.execute-api', 'You see what this identity may see']) await header.getByText(text).waitFor();
});

test('everything can be done by keyboard alone', async () => {
  const tasks = putTasks(60);
  tasks.unshift(server.put({ createdAt: ago(30), status: 'RUNNING' }));
  const page = await open();
  await connection(page, 'Live');
  await row(page, tasks[0]).waitFor();
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 40 && !(await focused(page)).includes(name); presses++) await page.keyboard.press('Tab');
    expect(await focused(page)).toContain(name);
  };
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await tabTo(`task ${tasks[0].taskId}`);
  for (const [key, index] of [['ArrowDown', 1], ['ArrowDown', 2], ['ArrowUp', 1], ['End', 60], ['Home', 0]] as const) {
    await page.keyboard.press(key);
    await until(page, `document.activeElement.closest('[data-id]')?.dataset.id === '${tasks[index].taskId}'`);
  }
  await page.keyboard.press('PageDown');
  await until(page, 'document.activeElement.closest(\'[aria-rowindex]\').ariaRowIndex > 5');
  await page.keyboard.press('Home');
  await until(page, `document.activeElement.closest('[data-id]')?.dataset.id === '${tasks[0].taskId}'`);
  await page.keyboard.press('Enter');
  await until(page, "document.activeElement.tagName === 'H1'");

  await tabTo('Cancel task');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo('Keep it');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('Cancel task');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo('Cancel task');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1 }).getByText('Cancelled').waitFor();
});

test('the focus goes to the heading of a view, and the list is where it was', async () => {
  const tasks = putTasks(100);
  const page = await open();
  await row(page, tasks[0]).waitFor();
  await scrollTo(page, 1500);
  await row(page, tasks[40]).getByRole('link').click();
  await page.getByText(tasks[40].taskId).first().waitFor();
  await until(page, "document.activeElement.tagName === 'H1'");
  await page.goBack();
  await row(page, tasks[40]).waitFor();
  expect(await scrollTop(page)).toBe(1500);
  expect(await page.title()).toBe('Tasks – Task console');
});

test('nothing moves if somebody wants reduced motion', async () => {
  const task = server.put({ createdAt: ago(60), status: 'RUNNING' });
  const page = await open(`#/tasks/${task.taskId}`, { reducedMotion: 'reduce' });
  await page.getByRole('progressbar').waitFor();
  expect(await page.evaluate('document.getAnimations().length')).toBe(0);
});

describe.each([['light', 1280], ['dark', 1280], ['light', 360], ['dark', 360]] as const)('in %s colors at %s px', (colorScheme, width) => {
  const VIEWS: Record<string, () => string> = {
    'list': () => '#/',
    'empty': () => '#/?type=none',
    'task': () => `#/tasks/${server.put({ createdAt: ago(42), status: 'RUNNING', progress: { percent: 42, message: 'page 421 of 1,000' }, payload: { table: 'orders', columns: ['id', 'customer', 'total'], options: { delimiter: ';', limit: 1000, header: true } } }).taskId}`,
    'failed': () => `#/tasks/${server.put({ createdAt: ago(4000), type: 'send-invoice', status: 'FAILED', payload: { invoice: 4711 }, error: { code: 'ProcessorFailed', message: 'Error: connect ECONNREFUSED 10.0.3.7:25' } }).taskId}`,
    'result': () => `#/tasks/${server.put({ createdAt: ago(500), status: 'SUCCESSFUL', payload: { table: 'orders' }, result: { rows: 1000, checks: [true, null] }, resultUrl: 'https://bucket.example.com/a', resultUrlExpiresAt: ago(-800) }).taskId}`,
    'missing': () => '#/tasks/0d3f7f42-5c8e-4f0e-9b1a-6f1d2a7c9e55',
    'create': () => '#/create',
    'dead-letters': () => '#/dead-letters',
    'queue': () => '#/dead-letters/publisher',
    'unknown': () => '#/unknown',
    'dialog': () => `#/tasks/${server.put({ createdAt: ago(42), status: 'RUNNING' }).taskId}`,
  };

  beforeEach(() => {
    use({ taskTypes: [{ type: 'export-orders', payloadSchema: ORDERS }, { type: 'send-invoice' }] });
    const types = ['export-orders', 'send-invoice', 'resize-image', 'import-customers'];
    const statuses = ['SUCCESSFUL', 'SUCCESSFUL', 'FAILED', 'SUCCESSFUL', 'CANCELLED'] as const;
    putTasks(120, (index) => ({
      type: types[index * 7 % 4],
      status: statuses[index % 5],
      ...statuses[index % 5] === 'FAILED' && { error: { code: 'TaskTimeout', message: 'the task has not ended before its deadline' } },
    }));
    server.put({ createdAt: ago(3), status: 'PENDING' });
    server.put({ createdAt: ago(24), status: 'RUNNING', progress: { percent: 42, message: 'page 421 of 1,000' } });
    server.put({ createdAt: ago(41), type: 'import-customers', status: 'RUNNING', progress: { percent: 87 } });
    server.put({ createdAt: ago(43), type: 'resize-image', status: 'RUNNING', progress: { message: 'waiting for a worker' } });
    const queue = { url: 'https://sqs.example.com/1', runbook: 'https://example.com/runbook', hidden: 0 };
    server.queues = [
      { ...queue, name: 'publisher', title: 'Changes of tasks whose events could not be published.', redrive: 'Hands each record to the publisher again.', messages: 3 },
      { ...queue, name: 'updater', title: 'Reports of processors that could not be written.', redrive: 'Moves the messages to the queue of the updater.', messages: 0 },
    ];
    server.letters = [
      { messageId: 'b1946ac9-2d5e-4b1e-9a9c-f1f5c2a6a0b1', sentAt: ago(3000), receiveCount: 5, taskId: '0d3f7f42-5c8e-4f0e-9b1a-6f1d2a7c9e55', taskType: 'send-invoice', status: 'RUNNING', detailType: 'TaskRunningEvent', error: 'ThrottlingException: Rate exceeded', body: '{"detail":{"version":2}}' },
      { messageId: 'c2946ac9-2d5e-4b1e-9a9c-f1f5c2a6a0b2', sentAt: ago(90_000), receiveCount: 1, body: 'text', notRedrivable: 'the message is no record of the stream' },
    ];
  });

  test('axe finds nothing on any view, and each fits', async () => {
    const page = await open('#/', { colorScheme, viewport: { width, height: width < 500 ? 740 : 800 } });
    await connection(page, 'Live');
    const found: Record<string, unknown> = {};
    for (const [name, hashOf] of Object.entries(VIEWS)) {
      await page.evaluate(`location.hash = '${hashOf()}'`);
      await until(page, "!document.querySelector('main').textContent.includes('Loading…')");
      if (name === 'dialog') await page.getByRole('button', { name: 'Cancel task' }).click();
      await takePicture(page, `${name}-${colorScheme}-${width}`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      found[name] = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(VIEWS).map((name) => [name, []])));
  }, 300_000);
});
