import { Mutation } from './run-worker';

const nothing = '() => async () => {}';

/**
 * The guards of long work, with a mutation that removes each. Without any one of them, work runs twice or after the end of its task, or a
 * task ends in another way than its work.
 */
export const LONG_WORK_GUARDS: [string, Mutation][] = [
  // The starter
  ['a second event starts no second work', {
    of: 'Executions.start', by: '(start) => function (name, input) { return start.call(this, name.slice(0, 70) + Math.random().toString().slice(2, 12), input); }',
  }],
  ['a task with the id of an earlier one has work of its own', { of: 'workName', by: '(workName) => (key) => workName({ ...key, createdAt: "2026-01-01T00:00:00.000Z" })' }],
  ['the starter asks whether the task has ended', { of: 'WorkStarter.statusOf', by: nothing }],
  ['the starter stops what it has started for an ended task', { of: 'WorkStarter.stopIfEnded', by: '() => async () => true' }],
  ['a start that is refused for good fails the task', { of: 'WorkStarter.fail', by: nothing }],
  ['a start that is refused for the moment is repeated', { file: 'work-starter.ts', find: 'if (!PERMANENT.has(name)) throw error;', replace: '' }],
  ['a wrapper that is broken off fails its task', { of: 'WrapperFailures.report', by: nothing }],
  ['a wrapper fails no task for its deadline', { file: 'wrapper-failures.ts', find: ' || error === ERROR_CODE.TASK_TIMEOUT', replace: '' }],
  ['a wrapper that seems to run fails no task', { file: 'wrapper-failures.ts', find: "if (status === 'RUNNING') throw", replace: 'if (false) throw' }],

  // The stopper
  ['the work of an ended task is stopped', { of: 'WorkStopper.stop', by: '() => async () => true' }],
  ['a stop makes sure that nothing runs', { file: 'executions.ts', find: 'if (now && !now.isRunning) return before;', replace: 'return before;' }],
  ['a wrapper is looked for that is not known yet', { of: 'Executions.lookFor', by: '() => function (name) { return this.find(name); }' }],
  ['a nested execution is stopped, and not only its wrapper', { of: 'NestedExecution.stop', by: nothing }],
  ['a container is stopped, and not only its wrapper', { of: 'ContainerTask.stop', by: nothing }],
  ['a container is looked for that is not known yet', { file: 'container-task.ts', find: 'if (look === LOOKS) return;', replace: 'return;' }],
  ['a container is found whose start was not answered', { of: 'ContainerTask.inGroup', by: '() => async () => []' }],
  ['work is stopped whose wrapper has reported a failure', { file: 'work-stopper.ts', find: " && status === 'SUCCESSFUL'", replace: '' }],

  // The wrapper
  ['the wrapper repeats its report', { wrapper: '({ Report }) => { Report.Retry = []; Report.Catch = []; }' }],
  ['the wrapper sends a shorter report if the first is refused for good', { wrapper: "({ Refused }) => { Refused.Choices[0].Condition = '{% false %}'; }" }],
  ['the wrapper reads how its work failed', { wrapper: '({ Failed }) => { Failed.Choices.shift(); }' }],
  ['the wrapper describes work again that seems to run', { wrapper: '({ Describe }) => { Describe.Retry = []; }' }],
  ['the wrapper repeats a start that is refused for the moment', { wrapper: '({ Failed }) => { Failed.Choices.splice(1, 1); }' }],
  ['the wrapper starts a reclaimed container again', { wrapper: '({ Stopped }) => { if (Stopped) Stopped.Choices[0].Next = Stopped.Default; }' }],
  ['the wrapper does not start a container again that may run', {
    wrapper: "({ Failed }) => { Failed.Choices[1].Condition = '{% $states.input.attempt < 8 %}'; }",
  }],
];
