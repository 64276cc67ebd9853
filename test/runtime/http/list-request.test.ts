import * as fc from 'fast-check';
import { parseListRequest, toNextToken } from '../../../src/runtime/http/list-request';
import { Problem } from '../../../src/runtime/http/problem';
import { aRequest, aTask, at } from '../../support/builders';

const parse = (query: string) => parseListRequest(aRequest(`GET /tasks?${query}`));

function errorsOf(query: string) {
  try {
    parse(query);
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ status: 400, message: 'the query is not valid' });
    return (error as Problem).errors;
  }
  throw new Error('the request was accepted');
}

const LIMIT = 'must be a whole number from 1 to 100';
const NEXT_TOKEN = 'must be the nextToken of the previous page, unchanged';
const PLACE = `${at(0)}#${aTask().taskId}`;

test('a request without a query asks for the 20 newest tasks', () => {
  expect(parseListRequest(aRequest('GET /tasks'))).toEqual({ limit: 20 });
});

test('a query can have a status, a type, a limit and a nextToken', () => {
  expect(parse(`status=RUNNING&type=export&limit=100&nextToken=${toNextToken(PLACE)}`)).toEqual({ status: ['RUNNING'], type: 'export', limit: 100, after: PLACE });
});

test.each([['1', 1], ['07', 7], ['99', 99], ['100', 100]])('the limit %s means %d tasks', (limit, number) => {
  expect(parse(`limit=${limit}`)).toEqual({ limit: number });
});

test.each(['', '0', '101', '1000', '-1', '1.5', '1e1', 'ten', '%2B5', '%205'])('the limit %j is refused', (limit) => {
  expect(errorsOf(`limit=${limit}`)).toEqual([{ parameter: 'limit', detail: LIMIT }]);
});

test('a query can have several statuses', () => {
  expect(parse('status=PENDING&limit=5&status=RUNNING&status=PENDING')).toEqual({ status: ['PENDING', 'RUNNING', 'PENDING'], limit: 5 });
});

test.each(['', 'DONE', 'running', 'RUNNING,FAILED', 'RUNNING&status=', 'RUNNING&status=DONE&status=FAILED'])('status=%s is refused', (status) => {
  expect(errorsOf(`status=${status}`)).toEqual([{
    parameter: 'status', detail: 'must be one of PENDING, RUNNING, SUCCESSFUL, FAILED, CANCELLED; to ask for several, repeat the parameter',
  }]);
});

test.each(['', 'a%20b', '1', 'a'.repeat(65)])('the type %j is refused', (type) => {
  expect(errorsOf(`type=${type}`)).toEqual([{ parameter: 'type', detail: 'must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$' }]);
});

test.each(['cursor', 'Limit', 'owner', 'toString', '__proto__'])('the unknown parameter %s is refused', (parameter) => {
  expect(errorsOf(`${parameter}=1`)).toEqual([{ parameter, detail: 'is not a known parameter' }]);
});

test.each(['type', 'limit', 'nextToken', 'other'])('the parameter %s is refused if it is given twice, even with the same value', (parameter) => {
  expect(errorsOf(`${parameter}=1&limit=5&${parameter}=1`.replace('limit=5&limit', 'limit'))).toEqual([{ parameter, detail: 'must be given only once' }]);
});

test('all errors of a query are returned together', () => {
  expect(errorsOf('status=DONE&limit=0')).toEqual([
    { parameter: 'status', detail: expect.any(String) }, { parameter: 'limit', detail: LIMIT },
  ]);
});

describe('a nextToken', () => {
  test.each([PLACE, `${at(0)}#${'a'.repeat(64)}`])('encodes the place %s and decodes it again', (place) => {
    const nextToken = toNextToken(place);
    expect(nextToken).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(parse(`nextToken=${nextToken}`)).toEqual({ limit: 20, after: place });
  });

  test.each([
    '', 'x', '%20', 'a'.repeat(257), '!', toNextToken(''), toNextToken('owner#ann'), toNextToken(`${PLACE}!`), toNextToken(`${PLACE}\n`), toNextToken(`x${PLACE}`),
    toNextToken(`${at(0)}#${'a'.repeat(35)}`), toNextToken(`${at(0)}#${'a'.repeat(65)}`), toNextToken(at(0)),
  ])('that the API did not return is refused: %s', (nextToken) => {
    expect(errorsOf(`nextToken=${nextToken}`)).toEqual([{ parameter: 'nextToken', detail: NEXT_TOKEN }]);
  });

  test('that somebody made up is always refused as a bad request', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const nextToken of [encodeURIComponent(text), toNextToken(text)]) expect(() => parse(`nextToken=${nextToken}`)).toThrow(Problem);
    }));
  });
});
