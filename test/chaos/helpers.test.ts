/** The helpers in deployed functions. */
import { LANGUAGES, STACK, synthesize } from './helpers-app';
import { traceIdOf } from '../../src/protocol/trace-context';
import { TRACE } from '../support/builders';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

let target: Target;
let tasks: DeployedTaskManager;

beforeAll(async () => {
  const assembly = temporaryDirectory('helpers');
  synthesize(assembly);
  target = await deployToTarget(assembly, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
});

afterAll(() => target?.release());

/** The errors that the processors throw, as the helpers report them. */
const CRASH = { typescript: 'RangeError: no table', python: 'LookupError: no table' };

describe.each(LANGUAGES.flatMap((language) => ([
  [language, 'reports the end', 'reporting'],
  [language, 'also returns the end to the reporter', 'returning'],
  [language, 'has a queue', 'queued'],
] as const)))('a processor in %s that %s', (language, _, kind) => {
  const type = `${language}-${kind}`;

  test('ends a task with what it returns', async () => {
    const { taskId } = await tasks.create(type, { progressTo: 100 });
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL', result: { type, progress: 100 } });
  });

  test('fails a task with its own code', async () => {
    const error = { code: 'UnknownTable', message: 'there is no such table' };
    const { taskId } = await tasks.create(type, { fail: error });
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'FAILED', error });
  });

  test('fails a task by an error after the last retry', async () => {
    const { taskId } = await tasks.create(type, { crash: 'no table' });
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed', message: CRASH[language] } });
  });

  test('uploads a result of any size', async () => {
    const { taskId } = await tasks.create(type, { uploadLines: 1_000_000 });
    const task = await tasks.untilEnded(taskId);
    expect(task).toMatchObject({ status: 'SUCCESSFUL', result: { lines: 1_000_000 } });
    const download = await fetch(String(task.resultUrl));
    expect(download.headers.get('Content-Disposition')).toContain('filename="lines.txt"');
    expect(download.headers.get('Content-Type')).toBe('text/plain');
    const text = await download.text();
    expect([text.slice(0, 14), text.slice(-12), text.length]).toEqual(['line 0\nline 1\n', 'line 999999\n', 11_888_890]);
  });

  test('continues the trace of the request', async () => {
    const { taskId } = await tasks.create(type, { returnTrace: true }, undefined, TRACE);
    const { result } = await tasks.untilEnded(taskId);
    // The function in Python has no OpenTelemetry.
    expect(result).toEqual({ ...TRACE, ...(language === 'typescript' && { active: traceIdOf(TRACE.traceparent) }) });
  });

  test('has progress, and stops its work when its task is cancelled', async () => {
    const { taskId } = await tasks.create(type, { workUntilCancelled: true });
    await eventually('progress', async () => (await tasks.find(taskId)).progress);
    await tasks.request('POST', `tasks/${taskId}/cancel`);

    expect(await untilStopped(taskId)).toBe('CANCELLED');
    expect(await tasks.find(taskId)).toMatchObject({ status: 'CANCELLED', progress: { message: expect.stringMatching(/^step \d+$/) } });
  });
});

/** Waits until the work of a task has stopped. Returns the status that it stopped for. */
async function untilStopped(taskId: string): Promise<string> {
  return eventually(`the work of ${taskId} to stop`, async () => {
    const bodies = (await tasks.receive('Stopped')).map(({ Body }) => Body!.split(' '));
    return bodies.find(([stopped]) => stopped === taskId)?.[1];
  });
}
