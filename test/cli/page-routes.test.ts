import { formatRoute, isSameFilter, parseRoute, Route } from '../../cli/page/routes';

test.each<[string, Route]>([
  ['', { view: 'list', filter: { status: [] } }],
  ['#', { view: 'list', filter: { status: [] } }],
  ['#/', { view: 'list', filter: { status: [] } }],
  ['#/?status=RUNNING&status=FAILED&type=export&age=1h', { view: 'list', filter: { status: ['RUNNING', 'FAILED'], type: 'export', age: '1h' } }],
  ['#/tasks/0d3f7f42-5c8e', { view: 'task', taskId: '0d3f7f42-5c8e' }],
  ['#/tasks/a%2Fb%3F', { view: 'task', taskId: 'a/b?' }],
  ['#/create', { view: 'create' }],
  ['#/create?type=export&from=1234', { view: 'create', type: 'export', from: '1234' }],
  ['#/dead-letters', { view: 'dead-letters' }],
  ['#/dead-letters/event-bus', { view: 'dead-letters', queue: 'event-bus' }],
])('the hash %s is a view', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

test.each(['#/other', '#/tasks', '#/tasks/a/b', '#/dead-letters/other', '#/create/export'])('the hash %s is no view', (hash) => {
  expect(parseRoute(hash)).toEqual({ view: 'unknown' });
});

test('wrong parts of a filter are left out', () => {
  expect(parseRoute('#/?status=DONE&status=FAILED&age=toString&type=')).toEqual({ view: 'list', filter: { status: ['FAILED'] } });
});

test('an id with a % that is no escape is taken as it is', () => {
  expect(parseRoute('#/tasks/100%')).toEqual({ view: 'task', taskId: '100%' });
});

test.each(['#/', '#/?status=PENDING&status=FAILED&type=a.b&age=15m', '#/tasks/a%2Fb', '#/create', '#/create?type=a&from=b', '#/dead-letters', '#/dead-letters/updater'])('%s is formatted as it was parsed', (hash) => {
  expect(formatRoute(parseRoute(hash) as Exclude<Route, { view: 'unknown' }>)).toBe(hash);
});

test('filters are the same in another order', () => {
  expect(isSameFilter({ status: ['FAILED', 'RUNNING'] }, { status: ['RUNNING', 'FAILED'], type: undefined })).toBe(true);
  expect(isSameFilter({ status: [] }, { status: [], age: '1h' })).toBe(false);
});
