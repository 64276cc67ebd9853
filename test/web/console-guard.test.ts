import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { Browser, Page } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { startChromium } from './chromium';
import type { Connection } from '../../cli/src/connection/connection';
import { Console, startConsole } from '../../cli/src/console/console';
import { ApiServer } from '../support/api-server';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(180_000);

const api = new ApiServer();
const live = new WebSocketServer({ port: 0, host: '127.0.0.1' });
/** Serves empty pages of somebody else. */
const site = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html>'));
let console: Console;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await Promise.all([api.listen(), once(site.listen(0, '127.0.0.1'), 'listening')]);
  const { port } = live.address() as AddressInfo;
  const connection: Connection = {
    apiUrl: api.url,
    fetch: (url, init) => fetch(url, { ...init, redirect: 'manual' }),
    live: async () => ({ url: `ws://127.0.0.1:${port}`, protocols: ['cdk-task-manager'] }),
    client: undefined as never,
    identity: 'no authorization',
    arguments: [],
  };
  const pageDirectory = temporaryDirectory('page');
  for (const file of ['index.html', 'main.js', 'style.css']) writeFileSync(path.join(pageDirectory, file), file === 'main.js' ? 'leaked = true' : '');
  console = await startConsole(connection, { pageDirectory });
  browser = await startChromium();
  page = await browser.newPage();
});
beforeEach(() => {
  api.received = [];
  api.answer = () => ({ body: '{}' });
});
afterAll(async () => {
  await browser?.close();
  await console.close();
  live.close();
  site.close().closeAllConnections();
  await api.stop();
});

/** Does, in a page, what a page can do with the address of a console. Returns what worked. */
async function reach(address: string): Promise<string[]> {
  const { document, WebSocket } = globalThis as any;
  const worked: string[] = [];
  const attempt = async (name: string, act: () => Promise<unknown>) => {
    const isDone = await act().catch(() => false);
    if (isDone) worked.push(name);
  };
  const loaded = (tag: 'script' | 'iframe', url: string) => new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), { onload: resolve, onerror: reject, src: url });
    document.body.append(element);
  });
  const isOk = async (url: string, init?: RequestInit) => (await fetch(url, init)).ok;
  await attempt('read', () => isOk(`${address}api/tasks`));
  await attempt('read the settings', () => isOk(`${address}settings`));
  await attempt('write', () => isOk(`${address}api/tasks`, { method: 'POST', body: '{}' }));
  await attempt('run the script', async () => await loaded('script', `${address}main.js`) && 'leaked' in globalThis);
  await attempt('connect', () => new Promise((resolve, reject) => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}live`, ['cdk-task-manager']);
    Object.assign(socket, { onopen: resolve, onerror: reject });
  }));
  // Their answers can't be read. The API must not get them.
  await attempt('', () => fetch(`${address}api/tasks?opaque`, { mode: 'no-cors' }).then(() => false));
  await attempt('', () => fetch(`${address}api/tasks`, { mode: 'no-cors', method: 'POST', body: 'opaque' }).then(() => false));
  await attempt('', () => loaded('iframe', `${address}api/tasks?frame`).then(() => false));
  return worked;
}

test('the page of the console reaches all that it needs', async () => {
  await page.goto(console.url);
  expect(await page.evaluate(reach, console.url)).toEqual(['read', 'read the settings', 'write', 'run the script', 'connect']);
  expect(api.lines.slice(0, 2)).toEqual(['GET /prod/tasks', 'POST /prod/tasks']);
  expect(live.clients.size).toBe(1);
});

// Even if it knows the token.
test.each(['127.0.0.1', 'localhost', 'evil.localhost'])('the page of another server of this computer, %s, reaches nothing', async (name) => {
  await page.goto(`http://${name}:${(site.address() as AddressInfo).port}/`);
  expect(await page.evaluate(reach, console.url)).toEqual([]);
  expect(api.received).toEqual([]);
  expect(live.clients.size).toBe(0);
});

test('a form of another page writes nothing', async () => {
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.setContent(`<form method="post" enctype="text/plain" action="${console.url}api/tasks"><button name='{"a' value='":1}'>Send</button></form>`);
  const [response] = await Promise.all([page.waitForResponse(/tasks$/), page.click('button')]);
  expect(response.status()).toBe(403);
  expect(api.received).toEqual([]);
});

test('a name that resolves to this computer is not the console (DNS rebinding)', async () => {
  const { port, pathname } = new URL(console.url);
  const response = await page.goto(`http://evil.localhost:${port}${pathname}`);
  expect(response!.status()).toBe(403);
  expect(await page.evaluate(reach, `http://evil.localhost:${port}${pathname}`)).toEqual([]);
  expect(api.received).toEqual([]);
});
