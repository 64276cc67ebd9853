/** Shows the samples of client/README.md for React on a page, in front of a fake API. */
import { deepStrictEqual } from 'node:assert';
import { TaskClient } from 'cdk-task-manager-client';
import { Window } from 'happy-dom';
import { act, type ReactNode, StrictMode } from 'react';
import { useTask } from './use-task';

const page = new Window({ url: 'https://example.com/' });
const { document, location, navigator } = page;
for (const [name, value] of Object.entries({ window: page, document, location, navigator, IS_REACT_ACT_ENVIRONMENT: true })) {
  Object.defineProperty(globalThis, name, { value });
}

const FORBIDDEN = Response.json({ detail: 'not allowed' }, { status: 403 });

/** Replies of the API to the requests of each path. The API does not respond to other requests. */
const replies: Record<string, Response[]> = {
  '/api/tasks': [FORBIDDEN, Response.json({ taskId: 'succeeds', status: 'PENDING' }, { status: 202 })],
  '/api/tasks/succeeds': [
    Response.json({ taskId: 'succeeds', status: 'RUNNING', progress: { percent: 50 } }),
    Response.json({ taskId: 'succeeds', status: 'SUCCESSFUL', result: { rows: 1000 } }),
  ],
  '/api/tasks/fails': [Response.json({ taskId: 'fails', status: 'FAILED', error: { code: 'NoTable', message: 'no such table' } })],
  '/api/tasks/forbidden': [FORBIDDEN.clone()],
};

/** Paths of the requests that wait for a response. */
const waiting: string[] = [];

globalThis.fetch = async (url, init) => {
  init?.signal?.throwIfAborted();
  const path = new URL(String(url)).pathname;
  const reply = replies[path]?.shift();
  if (reply !== undefined) return reply;
  waiting.push(path);
  return new Promise((_, reject) => init?.signal?.addEventListener('abort', ({ target }) => {
    waiting.splice(waiting.indexOf(path), 1);
    reject(target);
  }));
};

async function untilPageShows(text: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (document.body.textContent !== text) {
    if (Date.now() > deadline) throw new Error(`the page must show '${text}', got '${document.body.textContent}'`);
    await act(() => new Promise((resolve) => setTimeout(resolve, 10)));
  }
}

const tasks = new TaskClient({ url: '/api/' });

function Status({ taskId }: { readonly taskId?: string }) {
  const { task, error } = useTask(tasks, taskId);
  return [task?.status, task?.error?.message, error instanceof Error && error.message].filter(Boolean).join(', ');
}

async function main(): Promise<void> {
  // These look for the page when they are loaded.
  const { createRoot } = await import('react-dom/client');
  const { ExportButton } = await import('./export-button');
  const root = createRoot(document.body as unknown as Element);
  const show = (element: ReactNode) => act(async () => root.render(<StrictMode>{element}</StrictMode>));
  const click = () => act(async () => document.querySelector('button')!.click());

  await show(<ExportButton key="refused" />);
  await click();
  await untilPageShows('the API answered 403: not allowed');
  await show(<ExportButton key="accepted" />);
  await untilPageShows('Export');
  await click();
  for (const text of ['50 %', '1000 rows']) await untilPageShows(text);

  await show(<Status />);
  await show(<Status taskId="hangs" />);
  deepStrictEqual([document.body.textContent, waiting], ['', ['/api/tasks/hangs']]);
  await show(<Status taskId="fails" />);
  await untilPageShows('FAILED, no such table');
  deepStrictEqual(waiting, []);
  await show(<Status taskId="forbidden" />);
  await untilPageShows('the API answered 403: not allowed');
  await show(<Status key="another" taskId="hangs" />);
  deepStrictEqual([document.body.textContent, waiting], ['', ['/api/tasks/hangs']]);
  await act(async () => root.unmount());
  deepStrictEqual(waiting, []);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
