import { TaskApiError, TaskClient } from 'cdk-task-manager-client';
import { observedSocket } from './observed-socket';
import { SignIn } from './sign-in';
import { byId, TaskList } from './task-list';

/** A page that can't reach the API tries again after this time. */
const RETRY_MS = 10_000;

async function main(): Promise<void> {
  const { WebExports: stack } = await (await fetch('outputs.json')).json();
  const signIn = new SignIn(stack.SignInUrl, stack.ClientId);
  byId('sign-in').addEventListener('click', () => reporting(() => signIn.start()));
  byId('sign-out').addEventListener('click', () => signIn.end());
  const isSignedIn = await signIn.isSignedIn();
  byId('signed-out').hidden = isSignedIn;
  for (const id of ['signed-in', 'sign-out', 'connection']) byId(id).hidden = !isSignedIn;
  if (!isSignedIn) return;

  showConnection('Connecting…', false);
  const tasks = new TaskClient({
    url: stack.ApiUrl,
    headers: async () => ({ Authorization: `Bearer ${await signIn.token()}` }),
    liveUrl: stack.LiveUrl,
    liveToken: () => signIn.token(),
    webSocket: observedSocket((isLive) => showConnection(isLive ? 'Live' : 'Connection lost. This page still looks for changes.', isLive)),
  });
  const list = new TaskList({
    cancel: (taskId) => reporting(async () => {
      try {
        list.show(await tasks.cancel(taskId));
      } catch (error) {
        // The task has ended in the meantime. Its change shows how.
        if (!(error instanceof TaskApiError && error.status === 409)) throw error;
      }
    }),
    download: (taskId) => reporting(() => download(tasks, taskId)),
  });
  byId('create').addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = byId('create').querySelector('button')!;
    button.disabled = true;
    await reporting(async () => list.show(await tasks.create(byId<HTMLSelectElement>('type').value)));
    button.disabled = false;
  });

  for (;;) {
    await reporting(async () => {
      for await (const task of tasks.watchAll()) list.show(task);
    });
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Saves the result of a task as a file. */
async function download(tasks: TaskClient, taskId: string): Promise<void> {
  const { type, result, resultUrl } = await tasks.get(taskId);
  const link = document.createElement('a');
  // The result bucket sends the name of the file, and the browser saves it without loading it into the page.
  link.href = resultUrl ?? URL.createObjectURL(new Blob([JSON.stringify(result, undefined, 2)], { type: 'application/json' }));
  link.download = `${type}.json`;
  link.click();
  if (!resultUrl) URL.revokeObjectURL(link.href);
}

/** Does something, and shows its error. */
async function reporting(act: () => Promise<void>): Promise<void> {
  const error = byId('error');
  try {
    error.hidden = true;
    await act();
  } catch (thrown) {
    error.textContent = `Something went wrong: ${thrown instanceof Error ? thrown.message : thrown}`;
    error.hidden = false;
  }
}

function showConnection(text: string, isLive: boolean): void {
  const connection = byId('connection');
  // Assigning the same text would make screen readers say it again.
  if (connection.textContent !== text) connection.textContent = text;
  connection.classList.toggle('live', isLive);
}

void reporting(main);
