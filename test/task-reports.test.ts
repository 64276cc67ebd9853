import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { TaskProgressOptions, TaskReports } from '../src';
import { parsedDefinition } from './support/wrapper';

/** Returns the states of a state machine that reports progress, and then passes. */
function statesWith(options: TaskProgressOptions, queryLanguage?: sfn.QueryLanguage) {
  const stack = new Stack(new App(), 'Stack');
  const chain = TaskReports.progress(stack, 'Half', options).next(new sfn.Pass(stack, 'Next'));
  new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(chain), queryLanguage });
  const [{ Properties: { DefinitionString } }] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  return parsedDefinition(DefinitionString).States;
}

const TASK = '$states.context.Execution.Input';

test('a progress state sends a report with what it knows of the task from the input of the execution', () => {
  const { Half } = statesWith({ percent: 50, message: 'half' });
  expect(Half).toMatchObject({ Type: 'Task', QueryLanguage: 'JSONata', Resource: 'arn:AWS::Partition:states:::events:putEvents', Output: '{% $states.input %}', Next: 'Next' });
  expect(Half.Arguments.Entries).toEqual([{
    EventBusName: `{% ${TASK}.reportTo.eventBusName %}`,
    Source: `{% ${TASK}.reportTo.source %}`,
    DetailType: 'TaskUpdatedEvent',
    Detail: {
      taskId: `{% ${TASK}.taskId %}`,
      taskCreatedAt: `{% ${TASK}.createdAt %}`,
      status: 'RUNNING',
      sequence: '{% $toMillis($states.context.State.EnteredTime) %}',
      progress: { percent: 50, message: 'half' },
    },
  }]);
});

test.each<[TaskProgressOptions, object]>([
  [{ percent: 0 }, { percent: 0 }],
  [{ percent: 100 }, { percent: 100 }],
  [{ message: 'm'.repeat(1024) }, { message: 'm'.repeat(1024) }],
  [{ percentExpression: '$states.input.done / 2' }, { percent: '{% $states.input.done / 2 %}' }],
])('the options %j report %j', (options, progress) => {
  expect(statesWith(options).Half.Arguments.Entries[0].Detail.progress).toEqual(progress);
});

test('the state machine goes on if the report can\'t be sent', () => {
  expect(statesWith({ percent: 50 }).Half.Catch).toEqual([{ ErrorEquals: ['States.ALL'], Output: '{% $states.input %}', Next: 'Next' }]);
});

test.each([
  ['is tried first', 'EventBridge.FailedEntry', [['EventBridge.FailedEntry', 'Denied'], ['States.ALL', 'Next']]],
  ['for all errors is the only one', 'States.ALL', [['States.ALL', 'Denied']]],
])('a catcher of the app %s', (_, error, catchers) => {
  const stack = new Stack(new App(), 'Stack');
  const state = TaskReports.progress(stack, 'Half', { percent: 50 });
  state.addCatch(new sfn.Pass(stack, 'Denied'), { errors: [error] });
  new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(state.next(new sfn.Pass(stack, 'Next'))) });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  const { Half } = parsedDefinition(Properties.DefinitionString).States;
  expect(Half.Catch.map(({ ErrorEquals, Next }: any) => [...ErrorEquals, Next])).toEqual(catchers);
});

test.each([sfn.QueryLanguage.JSON_PATH, sfn.QueryLanguage.JSONATA])('the state works in a state machine with %s', (queryLanguage) => {
  expect(statesWith({ percent: 50 }, queryLanguage).Half).toMatchObject({ QueryLanguage: 'JSONata', Next: 'Next' });
});

test('the last state of a state machine has nothing to go on with', () => {
  const stack = new Stack(new App(), 'Stack');
  const chain = sfn.Chain.start(TaskReports.progress(stack, 'Last', { percent: 100 }));
  new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(chain) });
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('Catch');
});

test.each<[TaskProgressOptions, string]>([
  [{}, 'progress must have percent, percentExpression or message'],
  [{ percent: 50, percentExpression: '50' }, 'percentExpression must not be set with percent: remove one of them'],
  [{ percent: -1 }, 'percent must be from 0 to 100, got -1'],
  [{ percent: 101 }, 'percent must be from 0 to 100, got 101'],
  [{ percent: NaN }, 'percent must be from 0 to 100, got NaN'],
  [{ percentExpression: '{% 50 %}' }, "percentExpression must be JSONata without {% %}, got '{% 50 %}'"],
  [{ message: 'm'.repeat(1025) }, 'message must have at most 1024 characters, got 1025'],
])('the options %j are refused', (options, message) => {
  expect(() => statesWith(options)).toThrow(new Error(message));
});

test('Tokens pass', () => {
  expect(() => statesWith({ percent: Lazy.number({ produce: () => 50 }), message: Lazy.string({ produce: () => 'half' }) })).not.toThrow();
});
