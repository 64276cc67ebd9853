import { randomUUID } from 'node:crypto';
import { TRACE } from './builders';
import { DeployedTaskManager, TaskView } from './deployed-task-manager';
import { EndpointKind, GatewayError } from './endpoint-kinds';
import { eventually } from './eventually';
import { HTTP_API_STACK, ORIGIN, OWNER_HEADER, synthesizeHttpApi } from './http-api-app';
import { deployToTarget, Target } from './target';
import { temporaryDirectory } from './temporary-directory';

let target: Target;
let full: DeployedTaskManager;
let plain: DeployedTaskManager;

/** Tests a deployed API: the same requests and replies, wherever the routes are. */
export function testHttpApi(kind: EndpointKind): void {
  beforeAll(async () => {
    const assembly = temporaryDirectory('http-api');
    synthesizeHttpApi(assembly, kind);
    target = await deployToTarget(assembly, HTTP_API_STACK);
    full = new DeployedTaskManager(target, 'Full');
    plain = new DeployedTaskManager(target, 'Plain');
  });
  afterAll(() => target?.release());

  describe('POST /tasks', () => testCreate(kind));
  describe('GET /tasks/{taskId}', testRead);
  describe('GET /tasks', testList);
  describe('POST /tasks/{taskId}/cancel', testCancel);
  describe('an owner', testOwners);
  describe('API Gateway', () => testGateway(kind));
  describe('a browser', () => testBrowser(kind));
}

/** A traceparent that the API made. */
const NEW_TRACEPARENT = expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);

const SUCCESSFUL = { status: 'SUCCESSFUL', result: { rows: 3 } };

interface Page {
  readonly tasks: TaskView[];
  readonly nextToken?: string;
}

/** An owner that uses the TaskManager `Full`. */
class Owner {
  constructor(private readonly name: string) {}

  public async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return full.request(method, path, body === undefined ? undefined : JSON.stringify(body), { [OWNER_HEADER]: this.name, ...headers });
  }

  public async create(body: object, headers?: Record<string, string>): Promise<TaskView> {
    const response = await this.request('POST', 'tasks', body, headers);
    if (response.status !== 202) throw new Error(`POST /tasks returned ${response.status}: ${await response.text()}`);
    return response.json() as Promise<TaskView>;
  }

  public async list(query = ''): Promise<Page> {
    const response = await this.request('GET', `tasks${query}`);
    if (response.status !== 200) throw new Error(`GET /tasks returned ${response.status}: ${await response.text()}`);
    return response.json() as Promise<Page>;
  }

  /** Waits until the list has this number of tasks. A new task is in the list shortly after its creation. */
  public async untilListed(count: number, query?: string): Promise<TaskView[]> {
    return eventually(`${count} tasks in the list`, async () => {
      const { tasks } = await this.list(query);
      return tasks.length === count ? tasks : undefined;
    });
  }
}

/** Returns an owner that no other test uses. */
function anOwner(): Owner {
  return new Owner(`owner-${randomUUID()}`);
}

async function expectProblem(response: Response, status: number, problem: object = {}): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ detail: expect.any(String), ...problem });
}

function testCreate({ ignoresTrailingSlash }: EndpointKind): void {
  test('returns the stored task, with Location and Retry-After', async () => {
    const ada = anOwner();
    const response = await ada.request('POST', 'tasks', { type: 'export', payload: { table: 'orders' }, timeoutSeconds: 60 });
    expect(response.status).toBe(202);
    const task = await response.json() as TaskView;
    expect(response.headers.get('Retry-After')).toBe('1');
    const polled = await ada.request('GET', response.headers.get('Location')!);
    expect(await polled.json()).toEqual(task);
    expect(task).toMatchObject({ type: 'export', status: 'PENDING', payload: { table: 'orders' }, history: [{ status: 'PENDING', at: task.createdAt }] });
    expect(Date.parse(task.deadlineAt as string) - Date.parse(task.createdAt as string)).toBe(60_000);
  });

  test.each(['tasks', ...(ignoresTrailingSlash ? ['tasks/'] : [])])('returns a Location relative to the URL of the request: POST %s', async (path) => {
    const ada = anOwner();
    const key = { 'Idempotency-Key': randomUUID() };
    const responses = [await ada.request('POST', path, { type: 'free' }, key), await ada.request('POST', path, { type: 'free' }, key)];
    for (const response of responses) {
      expect(response.status).toBe(202);
      const { taskId } = await response.json() as TaskView;
      expect(new URL(response.headers.get('Location')!, full.url(path)).href).toBe(full.url(`tasks/${taskId}`));
    }
  });

  test('creates one task and one event for fifty concurrent requests with the same key', async () => {
    const ada = anOwner();
    const key = { 'Idempotency-Key': randomUUID() };
    const responses = await Promise.all(Array.from({ length: 50 }, () => ada.request('POST', 'tasks', { type: 'free', payload: 'x'.repeat(3000) }, key)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
    expect(responses.filter(({ headers }) => headers.get('Idempotent-Replayed') === 'true').length).toBeGreaterThan(0);
    const tasks = await Promise.all(responses.map((response) => response.json() as Promise<TaskView>));
    expect(new Set(tasks.map(({ taskId }) => taskId)).size).toBe(1);

    const [{ taskId }] = tasks;
    const after = await ada.create({ type: 'free' });
    await full.report('free', { taskId: after.taskId, ...SUCCESSFUL });
    await full.untilObserved(after.taskId, 'TaskSuccessfulEvent');
    expect(await full.untilObserved(taskId, 'TaskCreatedEvent')).toHaveLength(1);
    expect((await ada.untilListed(2)).map((task) => task.taskId).sort()).toEqual([taskId, after.taskId].sort());
  });

  test('creates no task if the key was used for another request', async () => {
    const ada = anOwner();
    const key = { 'Idempotency-Key': randomUUID() };
    await ada.create({ type: 'free', payload: 1 }, key);
    await expectProblem(await ada.request('POST', 'tasks', { type: 'free', payload: 2 }, key), 422, { errors: [{ header: 'Idempotency-Key' }] });
    await ada.untilListed(1);
  });

  test.each<[string, unknown, number, object]>([
    ['an unknown member', { type: 'free', colour: 'red' }, 400, { errors: [{ pointer: '#/colour', detail: 'is not a known property' }] }],
    ['no type', { payload: 1 }, 400, { errors: [{ pointer: '#/type', detail: 'is missing' }] }],
    ['wrong types', { type: 1, timeoutSeconds: 'x' }, 400, { errors: [{ pointer: '#/type' }, { pointer: '#/timeoutSeconds' }] }],
    ['a task type that is not accepted', { type: 'import' }, 422, { errors: [{ pointer: '#/type', detail: 'must be one of free, export' }] }],
    ['a payload that does not match its schema', { type: 'export', payload: { table: 'A', rows: 0 } }, 422, {
      errors: [{ pointer: '#/payload/table' }, { pointer: '#/payload/rows' }],
    }],
    ['no payload although there is a schema', { type: 'export' }, 422, { errors: [{ pointer: '#/payload', detail: 'is missing' }] }],
    ['a timeout longer than taskTimeout', { type: 'free', timeoutSeconds: 3601 }, 422, { errors: [{ pointer: '#/timeoutSeconds' }] }],
    ['a body that is too large', { type: 'free', payload: 'x'.repeat(65_536) }, 413, {}],
  ])('refuses %s', async (_, body, status, problem) => {
    const ada = anOwner();
    await expectProblem(await ada.request('POST', 'tasks', body), status, problem);
    expect((await ada.list()).tasks).toEqual([]);
  });

  test.each([
    ['continues the trace of the request', TRACE, TRACE],
    ['starts a trace if that of the request is invalid', { ...TRACE, traceparent: TRACE.traceparent.toUpperCase() }, { traceparent: NEW_TRACEPARENT, tracestate: undefined }],
    ['starts a trace if the request has none', {}, { traceparent: NEW_TRACEPARENT, tracestate: undefined }],
  ])('%s in all events', async (_, headers: Record<string, string>, trace) => {
    const ada = anOwner();
    const { taskId } = await ada.create({ type: 'free' }, headers);
    await full.report('free', { taskId, status: 'RUNNING' }, { taskId, ...SUCCESSFUL });
    const [first, ...others] = (await full.untilObserved(taskId, 'TaskSuccessfulEvent')).map(({ detail: { traceparent, tracestate } }) => ({ traceparent, tracestate }));
    expect(first).toEqual(trace);
    expect(others).toEqual(others.map(() => first));
  });

  test('refuses a body that is not JSON', async () => {
    const headers = { [OWNER_HEADER]: 'ada' };
    await expectProblem(await full.request('POST', 'tasks', '{"type":', headers), 400);
    await expectProblem(await full.request('POST', 'tasks', '{}', { ...headers, 'Content-Type': 'text/plain' }), 415);
    await expectProblem(await full.request('POST', 'tasks', '['.repeat(10_000), headers), 400);
  });

  test('refuses a body that is not UTF-8, and skips a byte order mark', async () => {
    const headers = { [OWNER_HEADER]: 'ada' };
    const body = '{"type":"free"}';
    await expectProblem(await full.request('POST', 'tasks', body, { ...headers, 'Content-Type': 'application/json; charset=iso-8859-1' }), 415, {
      detail: 'the body must be UTF-8, but its Content-Type declares another charset',
    });
    expect((await full.request('POST', 'tasks', `\ufeff${body}`, { ...headers, 'Content-Type': 'application/json; charset="UTF-8"' })).status).toBe(202);
  });

  test('treats equivalent JSON as the same request', async () => {
    const headers = { [OWNER_HEADER]: 'ada', 'Idempotency-Key': randomUUID() };
    await full.request('POST', 'tasks', '{"type":"free","payload":{"a":1,"b":[2]}}', headers);
    const replay = await full.request('POST', 'tasks', '{"payload":{"b":[2.0],"a":1e0},"type":"free"}', headers);
    expect(replay.headers.get('Idempotent-Replayed')).toBe('true');
  });
}

function testRead(): void {
  test('returns Retry-After until the task has ended', async () => {
    const ada = anOwner();
    const { taskId } = await ada.create({ type: 'free' });
    expect((await ada.request('GET', `tasks/${taskId}`)).headers.get('Retry-After')).toMatch(/^\d+$/);
    await full.report('free', { taskId, ...SUCCESSFUL });
    const ended = await ada.request('GET', `tasks/${taskId}`, undefined, { Prefer: 'wait=10' });
    expect(ended.headers.get('Retry-After')).toBeNull();
    expect(ended.headers.get('Preference-Applied')).toBe('wait=10');
    expect(ended.headers.get('Cache-Control')).toBe('no-store');
    expect(await ended.json()).toMatchObject(SUCCESSFUL);
  });

  test('returns 304 until the task changes', async () => {
    const ada = anOwner();
    const { taskId } = await ada.create({ type: 'free' });
    const ETag = (await ada.request('GET', `tasks/${taskId}`)).headers.get('ETag')!;
    const unchanged = await ada.request('GET', `tasks/${taskId}`, undefined, { 'If-None-Match': ETag });
    expect(unchanged.status).toBe(304);
    expect(await unchanged.text()).toBe('');
    await full.report('free', { taskId, status: 'RUNNING' });
    const changed = await ada.request('GET', `tasks/${taskId}`, undefined, { 'If-None-Match': ETag, 'Prefer': 'wait=10' });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({ status: 'RUNNING' });
    expect(changed.headers.get('ETag')).not.toBe(ETag);
  });

  test('does not wait if the TaskManager has no maxPollWait', async () => {
    const { taskId } = await plain.create('free', undefined);
    const response = await plain.request('GET', `tasks/${taskId}`, undefined, { Prefer: 'wait=10' });
    expect(response.headers.get('Preference-Applied')).toBeNull();
    expect(await response.json()).toMatchObject({ status: 'PENDING' });
  });
}

function testList(): void {
  test.each(['full', 'plain'])('lists all tasks newest first, page by page: TaskManager %s', async (manager) => {
    const ada = anOwner();
    const isFull = manager === 'full';
    const create = () => (isFull ? ada.create({ type: 'free' }) : plain.create('free', undefined));
    const list = async (query: string) => (isFull ? ada.list(query) : (await plain.request('GET', `tasks${query}`)).json() as Promise<Page>);
    const before = (await list('?limit=100')).tasks.map(({ taskId }) => taskId);
    const created: TaskView[] = [];
    for (let i = 0; i < 5; i++) created.push(await create());
    await eventually('all tasks in the list', async () => (await list('?limit=100')).tasks.length === before.length + 5 || undefined);

    const listed: TaskView[] = [];
    let page = await list('?limit=2');
    for (; page.nextToken; page = await list(`?limit=2&nextToken=${page.nextToken}`)) listed.push(...page.tasks);
    listed.push(...page.tasks);
    const times = listed.map(({ createdAt }) => createdAt as string);
    expect(times).toEqual([...times].sort().reverse());
    expect(listed.map(({ taskId }) => taskId).sort()).toEqual([...before, ...created.map(({ taskId }) => taskId)].sort());
  });

  test('filters by task type and status', async () => {
    const ada = anOwner();
    const free = await ada.create({ type: 'free' });
    const done = await ada.create({ type: 'export', payload: { table: 'orders' } });
    await full.report('export', { taskId: done.taskId, ...SUCCESSFUL });
    await ada.request('GET', `tasks/${done.taskId}`, undefined, { Prefer: 'wait=10' });
    await ada.untilListed(2);
    const ids = async (query: string) => (await ada.list(query)).tasks.map(({ taskId }) => taskId);
    expect(await ids('?type=free')).toEqual([free.taskId]);
    expect(await ids('?status=SUCCESSFUL')).toEqual([done.taskId]);
    expect(await ids('?status=SUCCESSFUL&status=PENDING')).toEqual([done.taskId, free.taskId]);
    expect(await ids('?type=free&status=SUCCESSFUL')).toEqual([]);
    const [listed] = (await ada.list('?type=export')).tasks;
    expect(listed).not.toHaveProperty('payload');
    expect(listed).not.toHaveProperty('result');
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'status=DONE', 'type=a%20b', 'nextToken=AAAA', 'owner=bob', 'limit=1&limit=2'])('refuses ?%s', async (query) => {
    await expectProblem(await anOwner().request('GET', `tasks?${query}`), 400, { errors: [{ parameter: query.split('=')[0] }] });
  });
}

function testCancel(): void {
  test('cancels a task once, and publishes an event', async () => {
    const ada = anOwner();
    const { taskId } = await ada.create({ type: 'free' });
    const cancelled = await ada.request('POST', `tasks/${taskId}/cancel`);
    expect(cancelled.status).toBe(200);
    const task = await cancelled.json();
    expect(task).toMatchObject({ status: 'CANCELLED', history: [{ status: 'PENDING' }, { status: 'CANCELLED' }] });
    const again = await ada.request('POST', `tasks/${taskId}/cancel`);
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(task);

    await full.report('free', { taskId, ...SUCCESSFUL });
    const events = await full.untilObserved(taskId, 'TaskCancelledEvent');
    expect(events.map((event) => event['detail-type'])).toEqual(['TaskCreatedEvent', 'TaskCancelledEvent']);
    expect(events[1].detail).toMatchObject({ type: 'free', status: 'CANCELLED', owner: expect.stringMatching(/^owner-/) });
    await ada.untilListed(1, '?status=CANCELLED');
  });

  test('returns 409 if the task has already ended in another way', async () => {
    const ada = anOwner();
    const { taskId } = await ada.create({ type: 'free' });
    await full.report('free', { taskId, ...SUCCESSFUL });
    await ada.request('GET', `tasks/${taskId}`, undefined, { Prefer: 'wait=10' });
    await expectProblem(await ada.request('POST', `tasks/${taskId}/cancel`), 409, { detail: 'the task is already SUCCESSFUL' });
  });
}

function testOwners(): void {
  test('cannot see or change a task of another owner', async () => {
    const [ada, eve] = [anOwner(), anOwner()];
    const key = { 'Idempotency-Key': randomUUID() };
    const request = { type: 'free', payload: 'of ada' };
    const { taskId } = await ada.create(request, key);
    const missing = await (await eve.request('GET', `tasks/${randomUUID()}`)).json();

    for (const response of [
      await eve.request('GET', `tasks/${taskId}`),
      await eve.request('GET', `tasks/${taskId}`, undefined, { 'If-None-Match': '*' }),
      await eve.request('GET', `tasks/${taskId}`, undefined, { Prefer: 'wait=1' }),
      await eve.request('POST', `tasks/${taskId}/cancel`),
      await eve.request('POST', `tasks/${taskId}/cancel`, { owner: 'ada' }),
    ]) {
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual(missing);
    }
    const sameKey = await eve.create(request, key);
    expect(sameKey.taskId).not.toBe(taskId);
    expect((await eve.untilListed(1)).map((task) => task.taskId)).toEqual([sameKey.taskId]);
    await ada.untilListed(1);
    // A nextToken of ada's list does not show her tasks to eve.
    const { nextToken } = await ada.list('?limit=1');
    expect((await eve.list(`?nextToken=${nextToken}`)).tasks.map((task) => task.taskId)).not.toContain(taskId);
    expect(await (await ada.request('GET', `tasks/${taskId}`)).json()).toMatchObject({ status: 'PENDING', payload: 'of ada' });
  });

  test('is required: a request without the header is refused', async () => {
    await expectProblem(await full.request('GET', 'tasks'), 400, { errors: [{ header: OWNER_HEADER }] });
  });
}

function testGateway({ unsigned, unknownRoute }: EndpointKind): void {
  test('refuses an unsigned request', async () => {
    await expectGatewayError(await fetch(full.url('tasks')), unsigned);
  });

  test.each([['GET', 'nothing'], ['DELETE', 'tasks']])('does not know %s %s, signed or not', async (method, path) => {
    await expectGatewayError(await fetch(full.url(path), { method }), unknownRoute);
    await expectGatewayError(await full.request(method, path), unknownRoute);
  });
}

async function expectGatewayError(response: Response, { status, contentType, body }: GatewayError): Promise<void> {
  expect([response.status, response.headers.get('Content-Type')]).toEqual([status, contentType]);
  expect(await response.json()).toEqual(body);
}

function testBrowser({ saysVary, hasReadableErrors, unsigned }: EndpointKind): void {
  test('gets a preflight that allows requests from an allowed origin', async () => {
    const response = await fetch(full.url('tasks'), {
      method: 'OPTIONS', headers: { 'Origin': ORIGIN, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'idempotency-key,traceparent' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN);
    const allowed = response.headers.get('Access-Control-Allow-Headers')!.toLowerCase().split(',');
    expect(allowed).toEqual(expect.arrayContaining(['idempotency-key', 'traceparent', 'tracestate', 'x-request-id']));
  });

  test.each([[ORIGIN, ORIGIN], ['https://evil.example.com', null]])('from %s gets the allowed origin %s', async (origin, allowed) => {
    const response = await anOwner().request('GET', 'tasks', undefined, { Origin: origin });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(allowed);
    expect(response.headers.get('Vary')).toBe(saysVary ? 'Origin' : null);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  test(`can${hasReadableErrors ? '' : 'not'} read an error of API Gateway itself`, async () => {
    const response = await fetch(full.url('tasks'), { headers: { Origin: ORIGIN } });
    expect([response.status, response.headers.get('Access-Control-Allow-Origin')]).toEqual([unsigned.status, hasReadableErrors ? ORIGIN : null]);
  });
}
