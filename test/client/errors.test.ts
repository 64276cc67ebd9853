import * as errors from '../../client/src/errors';
import { aTask } from '../support/api-server';

const {
  TaskApiError, TaskCancelledError, TaskClientError, TaskConnectionError, TaskDownloadError, TaskFailedError, TaskWaitTimeoutError,
} = errors;

const all = {
  TaskClientError: new TaskClientError('failed', {}),
  TaskApiError: new TaskApiError(500, ''),
  TaskCancelledError: new TaskCancelledError(aTask()),
  TaskConnectionError: new TaskConnectionError('failed', {}),
  TaskDownloadError: new TaskDownloadError('failed', {}),
  TaskFailedError: new TaskFailedError(aTask()),
  TaskWaitTimeoutError: new TaskWaitTimeoutError('failed', {}),
};

test.each(Object.entries(all))('%s is an error with its own name', (name, error) => {
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(TaskClientError);
  expect(error.name).toBe(name);
  expect(error.stack).toMatch(new RegExp(`^${name}: ${error.message}\n`));
  expect(Object.keys(error)).not.toContain('name');
});

test('all errors are covered', () => {
  expect(Object.keys(all).sort()).toEqual(Object.keys(errors).sort());
});

test('the error of a failed task has the code and the message of the task', () => {
  const task = aTask({ status: 'FAILED', error: { code: 'TaskTimeout', message: 'too late' } });
  expect(new TaskFailedError(task)).toMatchObject({ code: 'TaskTimeout', message: 'too late', task, taskId: task.taskId });
});

test('a failed task without an error has a default message', () => {
  expect(new TaskFailedError(aTask({ status: 'FAILED' }))).toMatchObject({ code: undefined, message: 'the task failed' });
});

describe('the error of an API response', () => {
  test('says what is wrong and where, if the response is a problem', () => {
    const problem = {
      title: 'Bad Request', status: 400, detail: 'the body is not a valid task', errors: [{ pointer: '#/type', detail: 'is missing' }],
    };
    expect(new TaskApiError(400, JSON.stringify(problem), 'id')).toMatchObject({ ...problem, message: 'the API answered 400: the body is not a valid task', taskId: 'id' });
  });

  test('uses the title of a problem without a detail', () => {
    expect(new TaskApiError(403, '{"title":"Forbidden"}')).toMatchObject({ message: 'the API answered 403: Forbidden', title: 'Forbidden', detail: undefined, errors: [] });
  });

  test.each(['<html>Bad Gateway</html>', '{"message":"Forbidden"}', '[]', 'null', '"text"', '42', '{"title":1,"detail":{},"errors":"none"}'])('quotes a response that is not a problem: %s', (body) => {
    expect(new TaskApiError(502, body)).toMatchObject({ status: 502, message: `the API answered 502: ${body}`, title: undefined, detail: undefined, errors: [] });
  });

  test('says so if the response is empty', () => {
    expect(new TaskApiError(502, '').message).toBe('the API answered 502: no body');
  });

  test('cuts a long response', () => {
    expect(new TaskApiError(502, 'x'.repeat(1000)).message).toBe(`the API answered 502: ${'x'.repeat(200)}`);
  });
});
