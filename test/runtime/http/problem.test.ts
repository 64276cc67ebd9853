import { Problem } from '../../../src/runtime/http/problem';

test('a problem has the error in its body, and is not cached', () => {
  expect(new Problem(409, 'the task is already FAILED').toResponse()).toEqual({
    statusCode: 409,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    body: '{"title":"Conflict","status":409,"detail":"the task is already FAILED"}',
  });
});

test('a problem lists all errors with their places', () => {
  const errors = [{ pointer: '#/type', detail: 'a' }, { parameter: 'limit', detail: 'b' }, { header: 'X-Owner', detail: 'c' }];
  expect(JSON.parse(new Problem(400, 'no', errors).toResponse().body)).toEqual({ title: 'Bad Request', status: 400, detail: 'no', errors });
});

test('a problem can have additional headers', () => {
  expect(new Problem(415, 'no', undefined, { 'Accept-Encoding': 'identity' }).toResponse().headers).toEqual({
    'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'Accept-Encoding': 'identity',
  });
});

test('a problem has at most 20 errors, and pointers of at most 500 characters', () => {
  const errors = Array.from({ length: 21 }, () => ({ pointer: `#/${'x'.repeat(60_000)}`, detail: 'y' }));
  const body = JSON.parse(new Problem(400, 'no', errors).toResponse().body);
  expect(body.errors).toHaveLength(20);
  expect(body.errors[0]).toEqual({ pointer: `#/${'x'.repeat(498)}`, detail: 'y' });
});

test('a problem with status 503 has a Retry-After', () => {
  expect(new Problem(503, 'not now').toResponse().headers).toEqual({
    'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'Retry-After': '5',
  });
});
