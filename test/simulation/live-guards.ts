import { Mutation } from './run-worker';

const nothing = '() => async () => {}';

/** The guards of live updates, with a mutation that removes each, and what the simulation must then find. */
export const LIVE_GUARDS: [string, Mutation, RegExp][] = [
  // Owners
  ['only its owner can watch a task', { file: 'live-connections.ts', find: 'task && task.owner === owner ?', replace: 'task ?' }, /got a message about a task of/],
  ['one who watches all tasks gets those of their owner only', { of: 'ownerTopic', by: "() => () => 'all'" }, /got a message about a task of/],
  ['a task of another owner does not exist', {
    file: 'live-connections.ts',
    find: "'there is no such task', message",
    replace: "taskId.endsWith('00000000') ? 'there is no such task' : 'it has another owner', message",
  }, /a watch was refused with/],
  ['pages of foreign origins do not connect', { of: 'LiveConnections.checkOrigin', by: '() => () => {}' }, /a page of a foreign origin has connected/],

  // States
  ['a state has the progress of the task', { of: 'liveStateOf', by: '(of) => ({ progress, ...task }) => of(task)' }, /which its task never was/],
  ['a later task with the same id is newer', {
    file: 'live-state.ts', find: 'if (!other || one.createdAt !== other.createdAt) return !other || one.createdAt > other.createdAt;', replace: 'if (!other) return true;',
  }, /has not (seen|got)/],
  ['of the changes in a batch, the newest is sent', {
    file: 'live-publisher.ts', find: 'if (isNewer(liveStateOf(task), newest.get(task.taskId)))', replace: 'if (!newest.has(task.taskId))',
  }, /has not (seen|got)/],
  ['of the messages in a batch, the newest is sent', { file: 'live-sender.ts', find: 'else if (!isNewer(newest.get', replace: 'else if (isNewer(newest.get' }, /has not (seen|got)/],
  ['a client shows no older state than it has', {
    file: 'live.ts', find: 'a.createdAt > b.createdAt || a.createdAt === b.createdAt && !(a.version <= b.version)', replace: 'true',
  }, / showed /],

  // No change is missed
  ['changes are announced', { of: 'LivePublisher.publish', by: nothing }, /has not (seen|got)/],
  ['a watch is stored before the state is read', { file: 'live-connections.ts', find: '      task = await this.findOwn(taskId, connection);\n', replace: '' }, /has not seen its end/],
  ['those on the next page get the state', { file: 'live-sender.ts', find: 'if (watchers.length === page)', replace: 'if (false)' }, /has not (seen|got)/],
  ['a client polls now and then', { of: 'LiveClient.pollUntilEnd', by: nothing }, /has not seen its end/],
  ['a task is found by its owner', { file: 'live-connections.ts', find: 'task && task.owner === owner ?', replace: 'task && task.version > 1 ?' }, /its owner can't watch it|got a message about a task of/],

  // Tokens
  ['nothing is sent after the end of a token', { file: 'live-sender.ts', find: 'if (expiresAt * 1000 <= now().getTime()) {', replace: 'if (false) {' }, /after its token has ended/],
  ['a post that waits for its turn is not sent after the end of a token', {
    file: 'live-sender.ts',
    find: 'isDone = await this.options.pace.run(() => this.deliver(topic, watcher, state));',
    replace: `const expiresAt = watcher.expiresAt * 1000 <= this.options.now().getTime() ? 0 : Infinity;
      isDone = await this.options.pace.run(() => this.deliver(topic, { ...watcher, expiresAt }, state));`,
  }, /after its token has ended/],
  ['nothing is answered after the end of a token', { file: 'live-connections.ts', find: '|| connection.expiresAt * 1000 <= this.options.now().getTime()', replace: '' }, /got an answer after its token had ended/],
  ['a connection ends with its token', { file: 'live-connections.ts', find: 'if (endsAt < latestEnd)', replace: 'if (false)' }, /is open/],
  ['a connection ends at the end of its token', { file: 'live-queue.ts', find: 'Math.min(MAX_DELAY_SECONDS, seconds)', replace: 'Math.min(MAX_DELAY_SECONDS, seconds + 5)' }, /is open/],
  ['an end that is far away is queued again', { file: 'live-sender.ts', find: 'return queue.endLater(ending, now());', replace: 'return;' }, /is open/],

  // Connections that do not watch any more
  ['a connection that is gone is not posted to again', { file: 'live-sender.ts', find: "if (outcome === 'gone') await table.unwatch(topic, connectionId);", replace: '' }, /does not watch any more/],
  ['a task that is no longer watched is not sent', { file: 'live-connections.ts', find: 'await table.unwatch(taskTopic(message.taskId), connectionId);', replace: '' }, /does not watch any more/],

  // Limits
  ['the number of posts in flight is limited', { file: 'pace.ts', find: 'MAX_IN_FLIGHT = 50', replace: 'MAX_IN_FLIGHT = Infinity' }, /in flight/],
  ['posts are paced', { of: 'Pace.turn', by: nothing }, /posted in a second/],
  ['a new environment waits for its first turn', { file: 'pace.ts', find: 'this.nextAt = now() + 1000 / perSecond;', replace: 'this.nextAt = 0;' }, /posted in a second/],
  ['a page is as long as the pace allows', { file: 'live-sender.ts', find: 'Math.min(PAGE, Math.ceil(pace.perSecond * PAGE_SECONDS))', replace: 'PAGE' }, /messages could not be handled/],
  ['an invocation ends after its posts', {
    file: 'live-sender.ts',
    find: 'const outcomes = await Promise.allSettled(watchers.map((watcher) => this.tell(topic, watcher, state)));',
    replace: 'const outcomes = []; await Promise.all(watchers.map((watcher) => this.tell(topic, watcher, state)));',
  }, /has ended with .* posts in flight/],
  ['heartbeats are not announced', { of: 'isVisible', by: '() => () => true' }, /was posted 2 times/],

  // Tasks
  ['live updates change no task', { file: 'live-connections.ts', find: 'store.upToDate(task, now)', replace: 'store.cancel(taskId, now()).then(() => store.upToDate(task, now))' }, /live updates have changed it/],
];
