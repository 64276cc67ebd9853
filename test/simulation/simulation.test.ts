import * as path from 'node:path';
import { bundleWorker, Mutation, runWorker } from './run-worker';
import { temporaryDirectory } from '../temporary-directory';

jest.setTimeout(180_000);

const SEED = 20261123;

async function simulate(lives: number, mutation?: Mutation) {
  const bundle = path.join(temporaryDirectory('simulation'), 'worker.js');
  await bundleWorker(bundle, mutation);
  return runWorker(bundle, lives, SEED);
}

test('every accepted task ends once, and everybody is told', async () => {
  expect(await simulate(3_000)).not.toHaveProperty('failure');
});

test('the same seed lives the same lives', async () => {
  const [once, again] = [await simulate(300), await simulate(300)];
  expect(again).toEqual(once);
  expect(once.fingerprint).not.toBe(0);
});

/** The guards of the code. Without any one of them, a task is lost, stuck, or ends twice, and the simulation must see it. */
const GUARDS: [string, Mutation][] = [
  ['the life cycle is a condition of the end', {
    file: 'task-changes.ts', find: "condition: '#status IN (:pending, :running)'", replace: "condition: '#status IN (:pending, :running, :status) OR :running = :running'",
  }],
  ['the life cycle is a condition of a progress', {
    file: 'task-changes.ts', find: 'condition: `#status = :pending OR ${alive.condition} AND (${isNewer})`', replace: "condition: ':pending <= :running'",
  }],
  ['a progress must be newer', { file: 'task-changes.ts', find: 'AND (${isNewer})', replace: '' }],
  ['the version rises', { file: 'task-changes.ts', find: "'#version = #version + :one',\n      '#updatedAt = :now',\n      '#endedAt", replace: "'#updatedAt = :now',\n      '#endedAt" }],
  ['FailedEntryCount is looked at', { file: 'event-sender.ts', find: 'if (!FailedEntryCount) return', replace: 'return' }],
  ['only what failed counts as failed', { file: 'status-publisher.ts', find: 'itemIdentifier: failed.dynamodb!', replace: 'itemIdentifier: Records.at(-1)!.dynamodb!' }],
  ['the stream is told what failed', { file: 'status-publisher.ts', find: 'if (failed) return', replace: 'if (false) return' }],
  ['the queue is told what failed', { file: 'status-updater.ts', find: 'return [{ itemIdentifier: Records[i].messageId }];', replace: 'return [];' }],
  ['the sweeper ends the overdue', { file: 'sweeper.ts', find: 'await this.options.store.check(taskId, this.options.now);', replace: 'undefined;' }],
  ['the sweeper ends those that fell silent', {
    file: 'task-store.ts', find: 'this.endIfOverdue(current, time) ?? checkLater(current, time)', replace: 'checkLater(current, time)',
  }],
  ['the sweeper ends nothing before its time', { file: 'task-changes.ts', find: ' AND #deadlineAt <= :now`', replace: ' AND :now <= :now`' }],
  ['the sweeper looks at every shard', { file: 'sweep-request.ts', find: '{ length: CHECK_SHARDS }', replace: '{ length: CHECK_SHARDS - 1 }' }],
  ['a sweep that is shared leaves no shard out', { file: 'sweeper.ts', find: 'shards.filter((shard) => left.has(shard))', replace: 'shards.filter((shard) => left.has(shard)).slice(1)' }],
  ['each part of a sweep is handed over', { file: 'sweeper.ts', find: 'this.options.handOver(part).then(', replace: 'Promise.resolve(part).then(' }],
  ['a reader never sees an overdue task go on', {
    file: 'task-store.ts', find: 'this.settle(task, now, (current, time) => this.endIfOverdue(current, time))', replace: 'this.settle(task, now, () => undefined)',
  }],
  ['a task is shown to its owner only', { file: 'api.ts', find: 'task && task.owner === owner ?', replace: 'task ?' }],
  ['a key is for one request', { file: 'api.ts', find: 'if (stored.requestDigest !== task.requestDigest || stored.owner !== owner) {', replace: 'if (false) {' }],
  ['a key is for one task', { file: 'task.ts', find: 'keyedTaskId(owner, idempotencyKey), requestDigest', replace: 'randomUUID(), requestDigest' }],
  ['a task that has ended can not be cancelled', { file: 'api.ts', find: "if (task.status !== 'CANCELLED') throw", replace: 'if (false) throw' }],
  ['a heartbeat brings the check forward', { file: 'task-store.ts', find: 'await this.watchHeartbeat(update, task);\n      return', replace: 'return' }],
  ['a heartbeat can be taken back', { file: 'task-changes.ts', find: "heartbeatSeconds === 0 ? ['#heartbeatSeconds'] : []", replace: '[]' }],
  ['a report ends its task whatever its other parts are', { file: 'reports.ts', find: 'v.looseObject({ taskId: TaskId,', replace: 'v.looseObject({ taskId: TaskId, sequence: v.optional(v.number()),' }],
  ['an error that is none ends its task', { file: 'reports.ts', find: 'isObject(error) ?', replace: "typeof (error as { code?: unknown }).code === 'string' ?" }],
  ['an end that is reported in the place of a processor is one that can be stored', { file: 'processor-reporter.ts', find: 'withStorableResult(updateFor(task, condition, responsePayload))', replace: 'updateFor(task, condition, responsePayload)' }],
  ['a result is held to what payloads are', { file: 'task.ts', find: 'if (defect !== undefined) return', replace: 'if (false) return' }],
  ['the queue of the undelivered ends tasks', { file: 'status-updater.ts', find: 'record.eventSourceARN === undeliveredQueueArn', replace: 'false' }],
  ['a rule can not make up that an event was not delivered', { file: 'reports.ts', find: 'if (missing.length > 0) throw', replace: 'if (false) throw' }],
  ['the queue of the undelivered is not believed to hold reports', {
    file: 'status-updater.ts', find: 'if (record.eventSourceARN === undeliveredQueueArn) return', replace: "if (record.eventSourceARN === undeliveredQueueArn && !record.body.includes('Intruder')) return",
  }],
  ['a check of the future is not taken for one of now', { file: 'task.ts', find: 'now.toISOString() < dueAt(task)', replace: 'now.toISOString() < task.createdAt' }],
  ['a task that ended leaves the index', { file: 'task-changes.ts', find: "remove: ['#checkShard', '#checkAt'],", replace: '' }],
  ['the failure of a processor is reported', {
    file: 'processor-reporter.ts', find: 'send([updatedEvent(reportTo, update)])', replace: 'send([])',
  }],
  ['what was not delivered ends as failed', {
    file: 'reports.ts', find: 'return { taskType: type, update: failure({', replace: "return { taskType: type, update: { taskId, status: 'RUNNING' } };\n  return { taskType: type, update: failure({",
  }],
  ['a head never points to a content that is not stored', {
    file: 'task-store.ts', find: 'if (!isLong(json)) return { [kind]: json };', replace: 'return isLong(json) ? { [`${kind}Item`]: kind } : { [kind]: json };',
  }],
  ['nothing is stored for an unknown task', { file: 'task-store.ts', find: 'if (isLong(result)) {', replace: 'if (isLong(undefined)) {' }],
];

describe('the simulation finds that', () => {
  test.each(GUARDS)('%s', async (_, mutation) => {
    const { failure } = await simulate(10_000, mutation);
    expect(failure).toContain('npm run simulate -- --seed');
  });
});
