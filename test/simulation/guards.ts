import { Mutation } from './run-worker';

/** Takes the condition of a change for another one. */
const withCondition = (condition: string) => `(change) => (...given) => ({ ...change(...given), condition: '${condition}' })`;
const nothing = '() => async () => {}';

/**
 * The guards of the code. Without any one of them, a task is lost, stuck, ends twice, or is ended by somebody else, and the simulation must see
 * it. A guard is named by the function that it is in, and taken out by a function that is put around that one: `(original) => replacement`.
 */
export const GUARDS: [string, Mutation][] = [
  // The life cycle
  ['the life cycle is a condition of the end', { of: 'ending', by: withCondition(':running = :running') }],
  ['the life cycle is a condition of a progress', { of: 'running', by: withCondition(':pending <= :running') }],
  ['a progress must be newer', { of: 'running', by: withCondition('#status = :pending OR #status = :running') }],
  ['the version rises', { of: 'ending', by: '(ending) => (...given) => ({ ...ending(...given), set: ending(...given).set.filter((part) => !part.includes("version")) })' }],
  ['a task that has ended can not be cancelled', { file: 'router.ts', find: "if (task.status !== 'CANCELLED') throw", replace: 'if (false) throw' }],
  ['a head never points to a content that is not stored', {
    of: 'Contents.store', by: '(store) => function (kind, ...given) { return given[1]?.length > 2048 ? { [`${kind}Item`]: kind } : store.call(this, kind, ...given); }',
  }],
  ['nothing is stored for an unknown task', { file: 'task-store.ts', find: 'if (isLong(result)) {', replace: 'if (isLong(undefined)) {' }],

  // Time
  ['a reader never sees an overdue task go on', { of: 'TaskStore.upToDate', by: '() => async (task) => task' }],
  ['whatever a failed condition gives back is judged anew', {
    of: 'TaskStore.upToDate', by: `() => async function (task, now) {
      const end = endingOverdue(task, this.expiresAt(now()), now());
      return end ? (await this.items.change(task.taskId, end)).task : task;
    }`,
  }],
  ['nobody is ended for a silence that is over', { of: 'unlessHeardFrom', by: '() => (task, change) => change' }],
  ['a heartbeat brings the check forward', { of: 'checkSooner', by: '() => () => undefined' }],
  ['a heartbeat can be taken back', { of: 'heartbeat', by: '(heartbeat) => (...given) => ({ ...heartbeat(...given), remove: [] })' }],
  ['a check of the future is not taken for one of now', { of: 'overdueError', by: '(overdueError) => (task, now) => overdueError(task, new Date(now.getTime() + 1e8))' }],
  ['a task that ended leaves the index', { of: 'ending', by: '(ending) => (...given) => ({ ...ending(...given), remove: [] })' }],

  // The sweep
  ['the sweeper ends the overdue', { of: 'TaskStore.check', by: nothing }],
  ['the sweeper ends those that fell silent', { of: 'overdueError', by: "(overdueError) => (...given) => overdueError(...given)?.code === 'HeartbeatTimeout' ? undefined : overdueError(...given)" }],
  ['the sweeper ends nothing before its time', { of: 'endingPastDeadline', by: withCondition('#status IN (:pending, :running)') }],
  ['the sweeper looks at every shard', { of: 'parseSweepRequest', by: '(parse) => (event) => ({ ...parse(event), shards: parse(event).shards.slice(1) })' }],
  ['a sweep that is shared leaves no shard out', { of: 'Sweeper.share', by: '(share) => async function (shards) { return (await share.call(this, shards)).slice(1); }' }],
  ['each part of a sweep is handed over', { of: 'Sweeper.share', by: '(share) => function (shards) { this.options = { ...this.options, handOver: async () => {} }; return share.call(this, shards); }' }],
  ['few calls are in flight', { of: 'inWaves', by: '(inWaves) => (items, work) => inWaves(items, work, Infinity)' }],

  // Owners and keys
  ['a task is shown to its owner only', { file: 'router.ts', find: 'task && task.owner === owner ?', replace: 'task ?' }],
  ['a key is for one request', { file: 'router.ts', find: 'if (stored.requestDigest !== task.requestDigest || stored.owner !== owner) {', replace: 'if (false) {' }],
  ['a key is for one task', { of: 'newTask', by: '(make) => (...given) => ({ ...make(...given), taskId: require("node:crypto").randomUUID() })' }],

  // Events
  ['FailedEntryCount is looked at', { of: 'EventSender.attempt', by: '(attempt) => async function (chunk) { await attempt.call(this, chunk); return { again: [], never: [] }; }' }],
  ['only what failed counts as failed', {
    of: 'StatusPublisher.publish', by: `(publish) => async function (event) {
      const { batchItemFailures } = await publish.call(this, event);
      return { batchItemFailures: batchItemFailures.map(() => ({ itemIdentifier: event.Records.at(-1).dynamodb.SequenceNumber })) };
    }`,
  }],
  ['the stream is told what failed', { of: 'StatusPublisher.publish', by: '(publish) => async function (event) { await publish.call(this, event); return { batchItemFailures: [] }; }' }],

  // Reports
  ['the queue is told what failed', { of: 'StatusUpdater.update', by: '(update) => async function (event) { await update.call(this, event); return { batchItemFailures: [] }; }' }],
  ['a report ends its task whatever its other parts are', {
    of: 'parseReport', by: '(parse) => (record, ...given) => { if (JSON.parse(record.body).detail.sequence === null) throw new Error("null"); return parse(record, ...given); }',
  }],
  ['an error that is none ends its task', { of: 'errorOf', by: '(errorOf) => (error) => { if (!error) throw new Error("no error"); return errorOf(error); }' }],
  ['an end that is reported in the place of a processor is one that can be stored', { file: 'reporter.ts', find: 'withStorableResult(updateFor(task, condition, responsePayload))', replace: 'updateFor(task, condition, responsePayload)' }],
  ['who is refused for good says less', { of: 'withoutContents', by: '() => (update) => update' }],
  ['a result is held to what payloads are', { of: 'defectOf', by: '() => () => undefined' }],
  ['text is cut between characters', { of: 'storableText', by: '() => (text, length) => text.slice(0, length)' }],
  ['the failure of a processor is reported', { of: 'Reporter.report', by: nothing }],
  ['what was not delivered ends as failed', {
    of: 'parseDeadLetter', by: "(parse) => (...given) => ({ ...parse(...given), update: { taskId: parse(...given).update.taskId, status: 'RUNNING' } })",
  }],
  ['a report that names a task is about no later one', {
    of: 'about', by: '(about) => (report, change) => about({ ...report, update: { ...report.update, taskCreatedAt: undefined }, reportedAt: undefined }, change)',
  }],
  ['a report is about no task that is younger', { of: 'about', by: '(about) => (report, change) => about({ ...report, reportedAt: undefined }, change)' }],

  // Strangers
  ['the queue of the undelivered takes no reports', { of: 'parseDeadLetter', by: '() => (...given) => parseReport(...given)' }],
  ['the queue of reports takes no dead letters', {
    of: 'StatusUpdater.parse', by: `(parse) => function (record) {
      const isCreated = JSON.parse(record.body)['detail-type'] === 'TaskCreatedEvent';
      return parse.call(this, isCreated ? { ...record, eventSourceARN: this.options.undeliveredQueueArn } : record);
    }`,
  }],
  ['a dead letter has what EventBridge puts on it', {
    of: 'parseDeadLetter', by: `(parse) => (record, ...given) => {
      const attributes = Object.fromEntries(['RULE_ARN', 'TARGET_ARN', 'ERROR_CODE'].map((name) => [name, { stringValue: 'made up' }]));
      return parse({ ...record, messageAttributes: attributes }, ...given);
    }`,
  }],
  ['a report comes from a processor', { of: 'parseReport', by: "(parse) => (record, source) => parse({ ...record, body: record.body.replace('somebody.else', source + '.processor.export') }, source)" }],
];
