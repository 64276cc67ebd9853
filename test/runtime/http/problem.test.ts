import { Problem } from '../../../src/runtime/http/problem';

test('is answered with what is wrong, and kept by nobody', () => {
  expect(new Problem(409, 'the task is already FAILED').toResponse()).toEqual({
    statusCode: 409,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    body: '{"title":"Conflict","status":409,"detail":"the task is already FAILED"}',
  });
});

test('tells each thing that is wrong', () => {
  const errors = [{ pointer: '#/type', detail: 'a' }, { parameter: 'limit', detail: 'b' }, { header: 'X-Owner', detail: 'c' }];
  expect(JSON.parse(new Problem(400, 'no', errors).toResponse().body)).toEqual({ title: 'Bad Request', status: 400, detail: 'no', errors });
});

test('may carry headers of its own', () => {
  expect(new Problem(415, 'no', undefined, { 'Accept-Encoding': 'identity' }).toResponse().headers).toEqual({
    'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'Accept-Encoding': 'identity',
  });
});

test('stays small, whatever there is to tell', () => {
  const errors = Array.from({ length: 21 }, () => ({ pointer: `#/${'x'.repeat(60_000)}`, detail: 'y' }));
  const body = JSON.parse(new Problem(400, 'no', errors).toResponse().body);
  expect(body.errors).toHaveLength(20);
  expect(body.errors[0]).toEqual({ pointer: `#/${'x'.repeat(498)}`, detail: 'y' });
});

test('asks to send the request again later when it can not be answered now', () => {
  expect(new Problem(503, 'not now').toResponse().headers).toEqual({
    'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'Retry-After': '5',
  });
});
