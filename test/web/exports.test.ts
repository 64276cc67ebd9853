/** The page of examples/web in a browser, with the deployed app on the local engine. */
import { mkdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { App, CfnOutput, Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { build } from 'esbuild';
import { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { Cable } from './cable';
import { startChromium } from './chromium';
import { Site } from './site';
import { TaskClient } from '../../client/src';
import { ExportService } from '../../examples/web/export-service';
import { Users } from '../../examples/web/users';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { command, PROJECT } from '../support/command';
import { OpenIdProvider } from '../support/open-id-provider';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const STACK = 'WebExports';
const SOURCES = path.join(PROJECT, 'examples', 'web', 'page');
const PICTURES = path.join(PROJECT, 'reports', 'web');
/** More than the pause between two polls. */
const PATIENCE_MS = 60_000;

let provider: OpenIdProvider;
let site: Site;
let engine: Engine;
let deployment: Deployment;
let cable: Cable;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  provider = await OpenIdProvider.start();
  const dist = temporaryDirectory('page');
  site = await Site.start(provider, dist);
  [browser, engine] = await Promise.all([startChromium(), startEngine({ auth: true }), bundlePage(dist)]);
  deployment = await deploy(engine, synthesize());
  cable = await Cable.to(engine.port);
  site.outputs = {
    [STACK]: {
      ApiUrl: deployment.apiUrl(STACK, 'ApiUrl'),
      LiveUrl: deployment.apiUrl(STACK, 'LiveUrl').replace(String(engine.port), String(cable.port)),
      SignInUrl: site.origin,
      ClientId: site.clientId,
    },
  };
});

afterAll(async () => {
  await browser?.close();
  await cable?.stop();
  await engine?.stop();
  await site?.stop();
  await provider?.stop();
});

afterEach(async () => {
  cable.mend();
  await Promise.all(browser.contexts().map((context) => context.close()));
});

function synthesize(): string {
  const app = new App({ outdir: temporaryDirectory('web') });
  // The construct takes no issuer without TLS, unless it does not know it.
  const issuer = Lazy.string({ produce: () => provider.issuer });
  const service = new ExportService(app, STACK, { siteUrl: site.origin, signIn: { issuer, clientId: site.clientId, url: site.origin } });
  new CfnOutput(service, 'EventBus', { value: service.tasks.eventBus.eventBusName });
  new CfnOutput(service, 'EventSource', { value: service.tasks.eventSource });
  return app.synth().directory;
}

async function bundlePage(outdir: string): Promise<void> {
  await build({
    entryPoints: ['main.ts', 'style.css', 'index.html'].map((file) => path.join(SOURCES, file)),
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    loader: { '.html': 'copy' },
    outdir,
    alias: { 'cdk-task-manager-client': path.join(PROJECT, 'client', 'src', 'index.ts') },
  });
}

/** Opens the page, and signs in. */
async function open(user: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(site.origin);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('User').fill(user);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await until(page, 'Live');
  return page;
}

/** Waits until the page says how it is connected. */
const until = (page: Page, text: string) => page.locator('#connection', { hasText: text }).waitFor();
const rows = (page: Page): Locator => page.getByRole('listitem');
const start = (page: Page) => page.getByRole('button', { name: 'Start' }).click();

/** Returns a list that grows with each request of the page to the API. */
function requestsOf(page: Page): string[] {
  const requests: string[] = [];
  page.on('request', (request) => {
    const apiUrl = deployment.apiUrl(STACK, 'ApiUrl');
    if (request.url().startsWith(apiUrl) && request.method() !== 'OPTIONS') requests.push(`${request.method()} ${request.url().slice(apiUrl.length)}`);
  });
  return requests;
}

/** Creates a task of a type that has no processor, and reports for it. */
async function report(user: string, type: string, progress: object): Promise<void> {
  const client = new TaskClient({ url: deployment.apiUrl(STACK, 'ApiUrl'), headers: { Authorization: site.token(user) } });
  const { taskId } = await client.create(type);
  const { EventBus, EventSource } = deployment.outputs(STACK);
  await new EventBridgeClient(engine.sdkClientConfig).send(new PutEventsCommand({
    Entries: [{
      EventBusName: EventBus,
      Source: `${EventSource}.processor.${type}`,
      DetailType: 'TaskUpdatedEvent',
      Detail: JSON.stringify({ taskId, status: 'RUNNING', sequence: 1, progress }),
    }],
  }));
}

/** Collects the positions of all bars in the order in which they are shown. */
const COLLECT_POSITIONS = `
  positions = new Set();
  new MutationObserver(() => document.querySelectorAll('progress[value]').forEach(({ value }) => positions.add(value)))
    .observe(document.getElementById('tasks'), { subtree: true, childList: true, attributes: true });
`;

const takePicture = (page: Page, name: string) => page.screenshot({ path: path.join(PICTURES, `${name}.png`) });

/** Takes pictures for people to look at. */
async function takePictures(page: Page): Promise<void> {
  await page.setViewportSize({ width: 760, height: 680 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await takePicture(page, colorScheme);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await takePicture(page, 'narrow');
}

test('the code of the page has no type errors', async () => {
  await command(PROJECT, 'npx', 'tsc', '-p', path.join(__dirname, 'tsconfig.json'));
});

test('the app has the users of a Cognito pool, who come back to the page after they have signed in', () => {
  const app = new App();
  const siteUrl = 'https://exports.example.com';
  const users = new Users(app, 'Users', { siteUrl });
  const service = new ExportService(app, STACK, { siteUrl, signIn: users.signIn });
  Template.fromStack(users).hasResourceProperties('AWS::Cognito::UserPoolClient', {
    AllowedOAuthFlows: ['code'], CallbackURLs: [`${siteUrl}/`], LogoutURLs: [`${siteUrl}/`],
  });
  Template.fromStack(service).hasResourceProperties('AWS::ApiGatewayV2::Authorizer', { AuthorizerType: 'JWT' });
  Template.fromStack(service).hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: { AllowOrigins: [siteUrl] } });
});

test('an export moves its bar by messages alone, and its file can be downloaded', async () => {
  const page = await open('ada');
  const requests = requestsOf(page);
  await page.evaluate(COLLECT_POSITIONS);
  await start(page);
  await rows(page).getByText('Done').waitFor();

  const positions = await page.evaluate<number[]>('[...positions]');
  expect(positions.length).toBeGreaterThan(3);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(requests.filter((request) => request.startsWith('POST'))).toEqual(['POST tasks']);
  // The task is read when its status changes, or if an answer is older than a message.
  expect(requests.filter((request) => /^GET tasks\/./.test(request)).length).toBeLessThan(positions.length);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download/ }).click();
  expect((await download).suggestedFilename()).toBe('orders.csv');
  expect(readFileSync(await (await download).path(), 'utf8').trim().split('\n')).toHaveLength(1000);

  await page.getByLabel('What to do').selectOption('count-orders');
  await start(page);
  await rows(page).getByText('Running').waitFor();
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await rows(page).getByText('Cancelled').waitFor();
  await page.getByLabel('What to do').selectOption('export-orders');
  await start(page);
  await rows(page).getByText(/Running, [4-9]\d %/).waitFor();
  await takePictures(page);
});

test('a task can be started and its result downloaded with the keyboard alone', async () => {
  const page = await open('bob');
  await page.getByLabel('What to do').focus();
  await page.keyboard.type('Count');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await rows(page).getByText('Done').waitFor();
  await page.keyboard.press('Tab');
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  expect((await download).suggestedFilename()).toBe('count-orders.json');
  expect(JSON.parse(readFileSync(await (await download).path(), 'utf8'))).toEqual({ orders: 1000 });
});

test('a double click starts one task, and a second one cancels it once', async () => {
  const page = await open('cy');
  const requests = requestsOf(page);
  await page.getByRole('button', { name: 'Start' }).dblclick();
  await rows(page).getByText('Running').waitFor();
  await page.getByRole('button', { name: /^Cancel/ }).dblclick();
  await rows(page).getByText('Cancelled').waitFor();

  expect(requests.filter((request) => request.startsWith('POST')).map((request) => request.replace(/[0-9a-f-]{36,}/, 'id')))
    .toEqual(['POST tasks', 'POST tasks/id/cancel']);
  expect(await page.locator('#error').isVisible()).toBe(false);
});

test('a reload shows the task again, and its bar goes on; another user sees nothing of it', async () => {
  const [page, other] = [await open('dan'), await open('eve')];
  await start(page);
  await rows(page).getByText('%').waitFor();
  await page.reload();
  await until(page, 'Live');
  await rows(page).getByText('%').waitFor();
  await rows(page).getByText('Done').waitFor();

  // Her own task comes after all that she could have seen of his.
  await start(other);
  await rows(other).getByText('Running').waitFor();
  expect(await rows(other).count()).toBe(1);
});

test('a page that loses the connection says so, goes on by polling, and says when it is mended', async () => {
  const page = await open('fay', { viewport: { width: 800, height: 420 } });
  await start(page);
  await rows(page).getByText('%').waitFor();
  cable.cut();
  await until(page, 'Connection lost');
  await takePicture(page, 'lost');
  await rows(page).getByText('Done').waitFor();
  expect(await page.locator('#connection').textContent()).toMatch(/^Connection lost/);

  cable.mend();
  await until(page, 'Live');
});

test('text of a task stays text, however long, and a bar without a percentage is a bar that waits', async () => {
  const page = await open('gil', { viewport: { width: 360, height: 740 } });
  const message = `<img src=x onerror="document.title='attacked'"><script>document.title='attacked'</script>${'x'.repeat(800)}`;
  await report('gil', 'import', { message });
  await rows(page).getByText(message).waitFor();

  expect(await page.title()).toBe('Order exports');
  expect(await rows(page).locator('img, script').count()).toBe(0);
  expect(await rows(page).getByRole('progressbar').getAttribute('value')).toBeNull();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
});

test('the page says what is wrong if the API can not be reached', async () => {
  const page = await open('hal');
  await page.route(`${deployment.apiUrl(STACK, 'ApiUrl')}tasks`, (route) => route.fulfill({
    status: 403, headers: { 'Access-Control-Allow-Origin': site.origin }, json: { detail: '<b>no</b>' },
  }));
  await start(page);
  await page.getByRole('alert').getByText('403: <b>no</b>').waitFor();
});
