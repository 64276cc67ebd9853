import { Mutation } from './run-worker';

/** Replaces the condition of a change. */
const withCondition = (condition: string) => `(change) => (...given) => ({ ...change(...given), condition: '${condition}' })`;
const nothing = '() => async () => {}';

/**
 * The guards of the code, with a mutation that removes each. Without any one of them, a task is lost, gets stuck, ends twice or is ended by
 * a stranger, and the simulation must find that. Most mutations wrap the function that has the guard: `(original) => replacement`.
 */
export const GUARDS: [string, Mutation][] = [
  // The life cycle
  ['the end of a task depends on its life cycle', { of: 'ending', by: withCondition(':running = :running') }],
  ['progress of a task depends on its life cycle', { of: 'running', by: withCondition(':pending <= :running') }],
  ['progress must be newer', { of: 'running', by: withCondition('#status = :pending OR #status = :running') }],
  ['the version rises with each change', { of: 'ending', by: '(ending) => (...given) => ({ ...ending(...given), set: ending(...given).set.filter((part) => !part.includes("version")) })' }],
  ['an ended task cannot be cancelled', { file: 'router.ts', find: "if (task.status !== 'CANCELLED') throw", replace: 'if (false) throw' }],
  ['a head never points to contents that are not stored', {
    of: 'Contents.store', by: '(store) => function (kind, ...given) { return given[1]?.length > 2048 ? { [`${kind}Item`]: kind } : store.call(this, kind, ...given); }',
  }],
  ['no result is stored for an unknown task', { file: 'task-store.ts', find: 'if (isLong(result)) {', replace: 'if (isLong(undefined)) {' }],

  // Time
  ['a reader never sees an overdue task open', { of: 'TaskStore.upToDate', by: '() => async (task) => task' }],
  ['a task that a failed condition returns is checked again', {
    of: 'TaskStore.upToDate', by: `() => async function (task, now) {
      const end = endingOverdue(task, this.expiresAt(now()), now());
      return end ? (await this.items.change(task.taskId, end, 'ALL_NEW')).task : task;
    }`,
  }],
  ['a task is not ended if its processor reports meanwhile', { of: 'unlessHeardFrom', by: '() => (task, change) => change' }],
  ['a heartbeat moves the check to an earlier time', { of: 'checkSooner', by: '() => () => undefined' }],
  ['a late report does not ask for a cancelled heartbeat again', { of: 'unlessCancelledSince', by: '() => (_, change) => change' }],
  ['a heartbeat can be cancelled', { of: 'heartbeat', by: '(heartbeat) => (...given) => ({ ...heartbeat(...given), remove: [] })' }],
  ['a task that is overdue in the future is not overdue now', { of: 'overdueError', by: '(overdueError) => (task, now) => overdueError(task, new Date(now.getTime() + 1e8))' }],
  ['an ended task leaves the index of open tasks', { of: 'ending', by: '(ending) => (...given) => ({ ...ending(...given), remove: [] })' }],

  // The status reader
  ['a processor learns the status of its own task only', { of: 'matches', by: '() => (task) => task !== undefined' }],
  ['a processor never learns that an overdue task is open', { file: 'status-reader.ts', find: 'await store.upToDate(found, now)', replace: 'found' }],
  ['a processor that asks again gets a new answer', {
    of: 'StatusReader.read', by: `(read) => {
      const answers = new Map();
      return async function (request) {
        const key = JSON.stringify(request);
        if (!answers.has(key)) answers.set(key, await read.call(this, request));
        return answers.get(key);
      };
    }`,
  }],
  ['a read of a task returns its last change', { file: 'task-items.ts', find: 'ConsistentRead: true', replace: 'ConsistentRead: false' }],

  // The metrics
  ['each published change is counted', { file: 'status-publisher.ts', find: 'this.options.changes.add(handled.task)', replace: 'handled.task' }],
  ['changes are counted when their records are handled, and not before', {
    of: 'ChangeLog.add', by: '(add) => function (task) { add.call(this, task); this.writeMetrics(); }',
  }],

  // The sweep
  ['the sweeper ends overdue tasks', { of: 'TaskStore.check', by: nothing }],
  ['the sweeper ends tasks whose heartbeat is overdue', { of: 'overdueError', by: "(overdueError) => (...given) => overdueError(...given)?.code === 'HeartbeatTimeout' ? undefined : overdueError(...given)" }],
  ['the sweeper ends no task before its deadline', { of: 'endingPastDeadline', by: withCondition('#status IN (:pending, :running)') }],
  ['the sweeper searches every shard', { of: 'parseSweepRequest', by: '(parse) => (event) => ({ ...parse(event), shards: parse(event).shards.slice(1) })' }],
  ['a shared sweep leaves out no shard', { of: 'Sweeper.share', by: '(share) => async function (shards) { return (await share.call(this, shards)).slice(1); }' }],
  ['each part of a sweep is handed over', { of: 'Sweeper.share', by: '(share) => function (shards) { this.options = { ...this.options, handOver: async () => {} }; return share.call(this, shards); }' }],
  ['the number of calls in flight is limited', { of: 'inWaves', by: '(inWaves) => (items, work) => inWaves(items, work, Infinity)' }],

  // Owners and keys
  ['only its owner can see a task', { file: 'router.ts', find: 'task && task.owner === owner ?', replace: 'task ?' }],
  ['an Idempotency-Key is for one request', { file: 'router.ts', find: 'if (stored.requestDigest !== task.requestDigest || stored.owner !== task.owner) {', replace: 'if (false) {' }],
  ['an Idempotency-Key is for one task', { of: 'newTask', by: '(make) => (...given) => ({ ...make(...given), taskId: require("node:crypto").randomUUID() })' }],
  ['the headers of tracing do not distinguish requests', { file: 'task.ts', find: 'canonicalize(request)!', replace: 'canonicalize(request)! + trace.traceparent' }],

  // Trace contexts
  ['a task keeps the trace context of its request', { of: 'parseTraceparent', by: '() => () => undefined' }],
  ['a task keeps the tracestate of its request', { of: 'parseTracestate', by: '() => () => undefined' }],
  ['an invalid trace context is replaced', { of: 'parseTraceparent', by: '(parse) => (value) => parse(value?.toLowerCase())' }],
  ['a tracestate is valid', { of: 'parseTracestate', by: '() => (value) => value' }],
  ['each event has the trace context of its task', {
    of: 'commonDetail', by: '(detailOf) => (task) => ({ ...detailOf(task), traceparent: task.version === 1 ? task.traceparent : undefined })',
  }],
  ['a trace context is never changed', { of: 'ending', by: "(ending) => (...given) => ({ ...ending(...given), remove: [...ending(...given).remove, '#tracestate'] })" }],

  // Events
  ['entries that PutEvents refuses are repeated', { of: 'EventSender.attempt', by: '(attempt) => async function (chunk) { await attempt.call(this, chunk); return { again: [], never: [] }; }' }],
  ['the publisher returns the first record that failed', {
    of: 'StatusPublisher.publish', by: `(publish) => async function (event) {
      const { batchItemFailures } = await publish.call(this, event);
      return { batchItemFailures: batchItemFailures.map(() => ({ itemIdentifier: event.Records.at(-1).dynamodb.SequenceNumber })) };
    }`,
  }],
  ['the publisher returns failures to the stream', { of: 'StatusPublisher.publish', by: '(publish) => async function (event) { await publish.call(this, event); return { batchItemFailures: [] }; }' }],

  // Reports
  ['the updater returns failures to the queue', { of: 'StatusUpdater.update', by: '(update) => async function (event) { await update.call(this, event); return { batchItemFailures: [] }; }' }],
  ['a report of an end ends its task even if its other parts are invalid', {
    of: 'parseReport', by: '(parse) => (record, ...given) => { if (JSON.parse(record.body).detail.sequence === null) throw new Error("null"); return parse(record, ...given); }',
  }],
  ['a report of FAILED ends its task even if its error is missing', {
    file: 'reports.ts', find: 'function errorOf(error: unknown): TaskError {', replace: 'function errorOf(error: unknown): TaskError { if (!error) throw new Error("no error");',
  }],
  ['the reporter reports only results that can be stored', { file: 'reporter.ts', find: 'withStorableResult(detailFor(task, condition, responsePayload))', replace: 'detailFor(task, condition, responsePayload)' }],
  ['the reporter replaces a report that is refused permanently', { of: 'withoutContents', by: '() => (detail) => detail' }],
  ['a result follows the rules of payloads', { of: 'defectOf', by: '() => () => undefined' }],
  ['text is cut between characters', { of: 'storableText', by: '() => (text, length) => text.slice(0, length)' }],
  ['the failure of a processor is reported', { of: 'Reporter.report', by: nothing }],
  ['the failures in the queue of a processor are reported', { of: 'Reporter.reportFailure', by: nothing }],
  ['a task has no object of another task', { of: 'isResultKey', by: "() => (key) => typeof key === 'string'" }],
  ['an undelivered task fails', {
    of: 'parseDeadLetter', by: "(parse) => (...given) => ({ ...parse(...given), detail: { taskId: parse(...given).detail.taskId, status: 'RUNNING' } })",
  }],
  ['a report with taskCreatedAt does not change a later task of the same id', {
    of: 'about', by: '(about) => (report, change) => about({ ...report, detail: { ...report.detail, taskCreatedAt: undefined }, reportedAt: undefined }, change)',
  }],
  ['a report does not change a task that was created after it', { of: 'about', by: '(about) => (report, change) => about({ ...report, reportedAt: undefined }, change)' }],

  // The helper for processors
  ['the helper and the reporter report the same end', { of: 'returnValue', by: '() => (end) => end.result' }],
  ['the helper renews a heartbeat', { file: 'progress.ts', find: 'heartbeatSeconds * 1000 / 3', replace: '1e9' }],
  ['the helper takes a heartbeat back before a retry', { of: 'Progress.takeBackHeartbeat', by: nothing }],
  ['the helper stops the work of a task that has ended', { of: 'StopSignal.taskEnded', by: '() => function () {}' }],
  ['the helper does not start a retry of a task that has ended', { file: 'task-processor.ts', find: 'now - this.delivery.sentAt > FRESH_MS', replace: 'false' }],
  ['the helper reports only results that can be stored', {
    file: 'end.ts', find: 'if (defect !== undefined) return failed(ERROR_CODE.INVALID_RESULT, `the result ${defect}`);', replace: '',
  }],

  // Strangers
  ['the undelivered queue accepts no reports', { of: 'parseDeadLetter', by: '() => (...given) => parseReport(...given)' }],
  ['the reports queue accepts no dead letters', {
    of: 'StatusUpdater.parse', by: `(parse) => function (record) {
      const isCreated = JSON.parse(record.body)['detail-type'] === 'TaskCreatedEvent';
      return parse.call(this, isCreated ? { ...record, eventSourceARN: this.options.undeliveredQueueArn } : record);
    }`,
  }],
  ['a dead letter has the attributes that EventBridge puts on it', {
    of: 'parseDeadLetter', by: `(parse) => (record, ...given) => {
      const attributes = Object.fromEntries(['RULE_ARN', 'TARGET_ARN', 'ERROR_CODE'].map((name) => [name, { stringValue: 'made up' }]));
      return parse({ ...record, messageAttributes: attributes }, ...given);
    }`,
  }],
  ['a report has the source of a processor', { of: 'parseReport', by: "(parse) => (record, source) => parse({ ...record, body: record.body.replace('somebody.else', source + '.processor.export') }, source)" }],
];
