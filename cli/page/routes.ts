import { decode } from './decode';
import { TASK_STATUSES, TaskStatus } from '../../src/protocol/wire';
import { DEAD_LETTER_QUEUES, DeadLetterQueueName } from '../src/protocol';

/** Ages that the list can be limited to, as the command line spells them, in minutes. */
export const AGES = { '15m': 15, '1h': 60, '1d': 24 * 60, '7d': 7 * 24 * 60 } as const;
export type Age = keyof typeof AGES;

/** Which tasks the list shows. */
export interface TaskFilter {
  /** Empty: tasks of every status. */
  readonly status: readonly TaskStatus[];
  readonly type?: string;
  readonly age?: Age;
}

/** What the page shows. Its URL has it after the `#`. */
export type Route =
  | { readonly view: 'list'; readonly filter: TaskFilter }
  | { readonly view: 'task'; readonly taskId: string }
  | { readonly view: 'create'; readonly type?: string; /** Task whose payload the form starts with. */ readonly from?: string }
  | { readonly view: 'dead-letters'; readonly queue?: DeadLetterQueueName }
  | { readonly view: 'unknown' };

export const ALL_TASKS: TaskFilter = { status: [] };

/** Parses the part of the URL after the `#`. What is wrong in a filter is left out. */
export function parseRoute(hash: string): Route {
  const [path, query] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [view, id, ...more] = path.split('/');
  const parameters = new URLSearchParams(query);
  if (more.length === 0) {
    if (view === '' && !id) return { view: 'list', filter: parseFilter(parameters) };
    if (view === 'tasks' && id) return { view: 'task', taskId: decode(id) };
    if (view === 'create' && !id) {
      return { view: 'create', type: parameters.get('type') || undefined, from: parameters.get('from') || undefined };
    }
    if (view === 'dead-letters') {
      const queue = DEAD_LETTER_QUEUES.find((name) => name === id);
      if (queue || !id) return { view: 'dead-letters', queue };
    }
  }
  return { view: 'unknown' };
}

export function formatRoute(route: Exclude<Route, { view: 'unknown' }>): string {
  switch (route.view) {
    case 'list': return withQuery('#/', filterQuery(route.filter));
    case 'task': return `#/tasks/${encodeURIComponent(route.taskId)}`;
    case 'create': return withQuery('#/create', queryOf({ type: route.type, from: route.from }));
    case 'dead-letters': return route.queue ? `#/dead-letters/${route.queue}` : '#/dead-letters';
  }
}

export function isSameFilter(a: TaskFilter, b: TaskFilter): boolean {
  return String(filterQuery(a)) === String(filterQuery(b));
}

function parseFilter(parameters: URLSearchParams): TaskFilter {
  const statuses = parameters.getAll('status');
  const age = parameters.get('age') ?? '';
  return {
    status: TASK_STATUSES.filter((status) => statuses.includes(status)),
    type: parameters.get('type') || undefined,
    age: Object.hasOwn(AGES, age) ? age as Age : undefined,
  };
}

function filterQuery({ status, type, age }: TaskFilter): URLSearchParams {
  return queryOf({ status: TASK_STATUSES.filter((each) => status.includes(each)), type, age });
}

function queryOf(parameters: Record<string, string | string[] | undefined>): URLSearchParams {
  return new URLSearchParams(Object.entries(parameters).flatMap(([name, values]) => [values ?? []].flat().map((value) => [name, value])));
}

function withQuery(path: string, query: URLSearchParams): string {
  return String(query) ? `${path}?${query}` : path;
}
