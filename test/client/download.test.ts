import { abortListeners, harness, thrownBy } from './harness';
import { TaskConnectionError, TaskDownloadError } from '../../client/src';
import { aTask, Received, Reply } from '../support/api-server';

const h = harness();
const { taskId } = aTask();

/** Lets the API name a new URL with each poll. Its server answers downloads, too. */
function withDownloads(...replies: Reply[]): void {
  h.api.script();
  let polls = 0;
  h.api.answer = ({ url }: Received) => url.startsWith('/prod/')
    ? { body: aTask({ status: 'SUCCESSFUL', resultUrl: new URL(`/bucket/key?signature=${++polls}`, h.api.url).href }) }
    : replies.shift()!;
}

const downloads = () => h.api.received.filter(({ url }) => !url.startsWith('/prod/'));

test('a result is downloaded from its signed URL, without the headers of the API', async () => {
  withDownloads({ body: 'a,b' });
  const response = await h.client({ headers: { Authorization: 'secret' } }).downloadResult(taskId);
  await expect(response.text()).resolves.toBe('a,b');
  expect(h.api.lines).toEqual([`GET /prod/tasks/${taskId}`, 'GET /bucket/key?signature=1']);
  expect(downloads()[0].headers).not.toHaveProperty('authorization');
});

test.each<[string, Reply]>([
  ['an expired URL', { status: 403 }], ['a 503', { status: 503 }], ['a lost connection', 'drop'],
])('after %s, the task is read again for a new URL', async (_, reply) => {
  withDownloads(reply, { body: 'a,b' });
  await expect(h.client().downloadResult(taskId).then((response) => response.text())).resolves.toBe('a,b');
  expect(downloads().map(({ url }) => url)).toEqual(['/bucket/key?signature=1', '/bucket/key?signature=2']);
});

test('a download that stays refused is tried five times', async () => {
  withDownloads(...Array<Reply>(5).fill({ status: 403, body: '<Error/>' }));
  const error = await thrownBy(h.client().downloadResult(taskId));
  expect(error).toBeInstanceOf(TaskDownloadError);
  expect(error).toMatchObject({ name: 'TaskDownloadError', message: 'S3 answered 403', taskId, status: 403 });
  expect(downloads()).toHaveLength(5);
});

test('a result that has been removed is not tried again', async () => {
  withDownloads({ status: 404 });
  await expect(h.client().downloadResult(taskId)).rejects.toMatchObject({ status: 404 });
});

test('connections that are always lost end with a TaskConnectionError', async () => {
  withDownloads(...Array<Reply>(5).fill('drop'));
  await expect(h.client().downloadResult(taskId)).rejects.toBeInstanceOf(TaskConnectionError);
});

test.each(['RUNNING', 'SUCCESSFUL'] as const)('a task that is %s and has nothing to download says so', async (status) => {
  h.api.script({ body: aTask({ status }) });
  await expect(h.client().downloadResult(taskId)).rejects.toMatchObject({
    name: 'TaskDownloadError', message: `the task has no result to download, and is ${status}`, taskId, status: undefined,
  });
});

test('a signal ends the download, and leaves no listener behind', async () => {
  withDownloads('hang');
  const controller = new AbortController();
  const thrown = thrownBy(h.client().downloadResult(taskId, { signal: controller.signal }));
  await h.api.nextRequest();
  await h.api.nextRequest();
  controller.abort('enough');
  expect(await thrown).toBe('enough');
  expect(abortListeners(controller.signal)).toBe(0);
});
