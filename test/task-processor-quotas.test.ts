/** The sizes of the policies of functions with many processors, counted as IAM and Lambda do. */
import { App, Aws, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ITaskManager, TaskManager, TaskProcessor, TaskResults } from '../src';
import { aFunction } from './support/constructs';
import { deployedTemplate, functionPolicySize, roleSize } from './support/policy-sizes';
import { FUNCTION_ARN, FUNCTION_ROLE, importedFunction, ROLE_ARN } from './support/processors';

/** The longest name of a stack and of a bus, an id, and task types: together they make the longest sources and ARNs. */
const LONG_STACK = 'S'.padEnd(128, 'x');
const LONG_ID = 'Tasks'.padEnd(40, 'x');
const LONG_BUS = 'bus'.padEnd(256, 'x');
const longTypes = (count: number) => Array.from({ length: count }, (_, i) => `type-${i}-`.padEnd(64, 'x'));

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE_POLICIES = 10_240;
const MAX_MANAGED_POLICY = 6144;
const MAX_MANAGED_POLICIES = 10;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_FUNCTION_POLICY = 20_480;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;

const ALL_RULES = 'cdk-task-manager:allRulesCanInvoke';

function addProcessors(scope: Stack, taskManager: ITaskManager, handler: lambda.IFunction, taskTypes: string[], prefix = ''): void {
  for (const taskType of taskTypes) new TaskProcessor(scope, `${prefix}${taskType}`, { taskManager, taskType, handler });
}

/** Returns the sources that a role can report as, by the logical id of the policy. */
function sourcesByPolicy(template: Template, role: string): [id: string, sources: string[]][] {
  const policies = Object.entries(deployedTemplate(template)).filter(([, { Type, Properties }]) =>
    /Policy$/.test(Type) && Properties.Roles?.some((name: string) => name.startsWith(role)));
  return policies.map(([id, { Properties }]) => [id, Properties.PolicyDocument.Statement.flatMap(
    ({ Condition }: any) => Condition?.['ForAllValues:StringEquals']?.['events:source'] ?? [])]);
}

function rulesOf(template: Template) {
  return Object.values(template.findResources('AWS::Events::Rule', { Properties: { EventPattern: { 'detail-type': ['TaskCreatedEvent'] } } }));
}

function permissionsOf(template: Template, functionId = 'Function') {
  return Object.values(deployedTemplate(template)).filter(({ Type, Properties }) =>
    Type === 'AWS::Lambda::Permission' && Properties.FunctionName.includes(`function:${functionId}`));
}

describe('100 task types of one function, with the longest names', () => {
  const taskTypes = longTypes(100);
  const app = new App();
  const stack = new Stack(app, LONG_STACK);
  const taskManager = new TaskManager(stack, LONG_ID, { eventBus: new events.EventBus(stack, 'Bus', { eventBusName: LONG_BUS }) });
  addProcessors(stack, taskManager, aFunction(stack), taskTypes);
  const template = Template.fromStack(stack);
  const sources = taskTypes.map((taskType) => `${taskManager.eventSource}.processor.${taskType}`);

  const [[functionId]] = Object.entries(template.findResources('AWS::Lambda::Function', { Properties: { Code: Match.objectLike({ ZipFile: Match.anyValue() }) } }));

  describe.each([['function', FUNCTION_ROLE], ['reporter', 'TaskReporter']])('the role of the %s', (_, role) => {
    test('has policies that IAM accepts', () => {
      const size = roleSize(template, role);
      console.info(`${role}: ${size.inline} characters inside the role, managed policies of ${size.managed.join(', ')}`);
      expect(size.inline).toBeLessThanOrEqual(MAX_INLINE_POLICIES);
      expect(Math.max(...size.managed)).toBeLessThanOrEqual(MAX_MANAGED_POLICY);
      expect(size.managed.length).toBeLessThanOrEqual(MAX_MANAGED_POLICIES);
    });

    test('can report on all types and on no others, each once', () => {
      const allowed = sourcesByPolicy(template, role).flatMap(([, some]) => some);
      expect([...allowed].sort()).toEqual([...sources].sort());
      expect(JSON.stringify(allowed)).not.toContain('*');
    });
  });

  test('have rules that deliver after the policies with their permissions exist', () => {
    const byPolicy = sourcesByPolicy(template, FUNCTION_ROLE);
    const ofReporter = sourcesByPolicy(template, 'TaskReporter').filter(([id]) => /^TaskPermissions/.test(id));
    for (const rule of rulesOf(template)) {
      const source = `${taskManager.eventSource}.processor.${rule.Properties.EventPattern.detail.type[0]}`;
      const needed = [...byPolicy, ...ofReporter].filter(([, some]) => some.includes(source)).map(([id]) => id);
      expect(rule.DependsOn).toEqual(expect.arrayContaining(needed));
    }
  });

  test('have a function policy that Lambda accepts', () => {
    const size = functionPolicySize(template, `function:${functionId}`, LONG_STACK);
    console.info(`policy of the function: ${size} characters`);
    expect(size).toBeLessThanOrEqual(MAX_FUNCTION_POLICY - 1500);
  });

  test('have one permission for the rules of the bus, after those for single rules', () => {
    const arns = permissionsOf(template).map(({ Properties }) => Properties.SourceArn);
    expect(arns.filter((arn) => arn.endsWith('/*'))).toHaveLength(1);
    expect(arns.length).toBeGreaterThan(15);
    expect(rulesOf(template).filter(({ DependsOn }) => DependsOn.some((id: string) => /AllowRulesOf/.test(id))).length).toBe(100 - arns.length + 1);
  });

  test('say once what that permission opens', () => {
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('one permission allows all rules of the event bus'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0].entry.data).toContain(`[ack: ${ALL_RULES}]`);
    expect(warnings[0].entry.data).toContain('Everyone who can create a rule on this bus can then invoke the function');
  });

  test('have targets that are equal but for the permission', () => {
    const targets = rulesOf(template).map(({ Properties }) => JSON.stringify(Properties.Targets));
    expect(new Set(targets).size).toBe(1);
  });

  test('have logical ids and resources within the quotas of CloudFormation', () => {
    const ids = Object.keys(template.toJSON().Resources);
    expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(255);
    expect(ids.length).toBeLessThanOrEqual(MAX_RESOURCES);
  });
});

test('100 task types of one function with the longest names and a result bucket need more managed policies than the default quota', () => {
  const stack = new Stack(new App(), LONG_STACK);
  const taskManager = new TaskManager(stack, LONG_ID, {
    eventBus: new events.EventBus(stack, 'Bus', { eventBusName: LONG_BUS }), resultBucket: TaskResults.bucket(),
  });
  addProcessors(stack, taskManager, aFunction(stack), longTypes(100));
  const { managed } = roleSize(Template.fromStack(stack), FUNCTION_ROLE);
  console.info(`with a result bucket: managed policies of ${managed.join(', ')}`);
  expect(Math.max(...managed)).toBeLessThanOrEqual(MAX_MANAGED_POLICY);
  expect(managed.length).toBeLessThanOrEqual(18);
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('cdk-task-manager:manyManagedPolicies'));
});

test('few processors of one function have one permission for each rule, and no managed policy', () => {
  const stack = new Stack(new App(), 'Stack');
  addProcessors(stack, new TaskManager(stack, 'Tasks'), aFunction(stack), ['one', 'two', 'three', 'four', 'five']);
  const template = Template.fromStack(stack);
  expect(permissionsOf(template)).toHaveLength(5);
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('40 processors of their own functions and a TaskManager fit into a stack', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks');
  for (let i = 0; i < 40; i++) {
    new TaskProcessor(stack, `Processor${i}`, { taskManager, taskType: `type${i}`, handler: aFunction(stack, `Function${i}`) });
  }
  const template = Template.fromStack(stack);
  const count = Object.keys(template.toJSON().Resources).length;
  console.info(`40 processors of their own functions, with a TaskManager: ${count} resources`);
  expect(count).toBeLessThanOrEqual(MAX_RESOURCES);
  expect(roleSize(template, 'Function7').inline).toBeLessThanOrEqual(MAX_INLINE_POLICIES);
});

describe('a function of several TaskManagers', () => {
  test('has one statement for each bus, and one for all status readers', () => {
    const stack = new Stack(new App(), 'Stack');
    const handler = aFunction(stack);
    const managers = ['A', 'B'].map((id) => new TaskManager(stack, id));
    for (const manager of managers) addProcessors(stack, manager, handler, ['one', 'two'], manager.node.id);
    const [[, sources]] = sourcesByPolicy(Template.fromStack(stack), FUNCTION_ROLE);
    expect(sources).toEqual(managers.flatMap(({ eventSource }) => [`${eventSource}.processor.one`, `${eventSource}.processor.two`]));
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: FUNCTION_ROLE }] } }))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const named = (resource: any) => resource['Fn::GetAtt'][0].replace(/[0-9A-F]{8}$/, '');
    expect(statements.map(({ Action, Resource }) => [Action, [Resource].flat().map(named)])).toEqual([
      ['events:PutEvents', ['AEventBus']],
      ['lambda:InvokeFunction', [expect.stringMatching(/^TaskReporter/), 'AStatusReader', 'BStatusReader']],
      ['events:PutEvents', ['BEventBus']],
    ]);
  });

  test('has policies that IAM accepts, and rules that deliver after that with the permission to ask the status reader', () => {
    const stack = new Stack(new App(), 'Stack');
    const handler = aFunction(stack);
    const readers = Array.from({ length: 30 }, (_, i) => `arn:aws:lambda:us-east-1:111111111111:function:${`reader-${i}-`.padEnd(64, 'x')}`);
    readers.forEach((statusReaderArn, i) => {
      const taskManager = TaskManager.fromTaskManagerAttributes(stack, `Tasks${i}`, {
        eventBusArn: `arn:aws:events:us-east-1:111111111111:event-bus/${LONG_BUS}`,
        eventSource: `task-manager.${LONG_STACK}.${i}`,
        undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
        statusReaderArn,
      });
      addProcessors(stack, taskManager, handler, ['one', 'two'], `${i}-`);
    });
    const template = Template.fromStack(stack);

    const { inline, managed } = roleSize(template, FUNCTION_ROLE);
    console.info(`${FUNCTION_ROLE}: ${inline} characters inside the role, managed policies of ${managed.join(', ')}`);
    expect(inline).toBeLessThanOrEqual(MAX_INLINE_POLICIES);
    expect(Math.max(...managed)).toBeLessThanOrEqual(MAX_MANAGED_POLICY);
    const policies = Object.entries(deployedTemplate(template)).filter(([, { Type, Properties }]) =>
      /Policy$/.test(Type) && Properties.Roles?.some((name: string) => name.startsWith(FUNCTION_ROLE)));
    const usedPolicies = new Set<string>();
    readers.forEach((reader, i) => {
      const [[policy], ...more] = policies.filter(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument).includes(`"${reader}"`));
      expect(more).toEqual([]);
      usedPolicies.add(policy);
      const rules = rulesOf(template).filter(({ Properties }) => Properties.EventPattern.source[0] === `task-manager.${LONG_STACK}.${i}`);
      expect(rules).toHaveLength(2);
      for (const { DependsOn } of rules) expect(DependsOn).toContain(policy);
    });
    expect(usedPolicies.size).toBeGreaterThan(1);
  });

  test('can have a permission for each of three buses, and no more', () => {
    const stack = new Stack(new App(), 'Stack');
    const handler = aFunction(stack);
    const managers = ['A', 'B', 'C', 'D'].map((id) => new TaskManager(stack, id));
    addProcessors(stack, managers[0], handler, longTypes(50));
    for (const manager of managers.slice(1, 3)) addProcessors(stack, manager, handler, ['one'], manager.node.id);
    expect(permissionsOf(Template.fromStack(stack)).filter(({ Properties }) => Properties.SourceArn.endsWith('/*'))).toHaveLength(3);
    expect(functionPolicySize(Template.fromStack(stack), 'function:Function')).toBeLessThanOrEqual(MAX_FUNCTION_POLICY);
    expect(() => addProcessors(stack, managers[3], handler, ['one'], 'D'))
      .toThrow('handler Stack/Function has too many processors on more than 3 event buses, because the function\'s policy can have 20,480 characters: '
        + 'use an alias of the function for some of them, which has its own policy');
  });
});

describe('too many processors of one function', () => {
  test.each<[string, (stack: Stack) => events.IEventBus]>([
    ['on the default bus', (stack) => events.EventBus.fromEventBusName(stack, 'Bus', 'default')],
    ['on the default bus by its ARN', (stack) => events.EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:us-east-1:111111111111:event-bus/default')],
    ['on a bus whose name is a Token', (stack) => events.EventBus.fromEventBusName(stack, 'Bus', Aws.STACK_NAME)],
  ])('%s are refused', (_, eventBus) => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks', { eventBus: eventBus(stack) });
    expect(() => addProcessors(stack, taskManager, aFunction(stack), longTypes(100)))
      .toThrow('handler Stack/Function has too many processors on the default event bus, or on an imported one whose name is a Token, because the '
        + 'function\'s policy can have 20,480 characters: use an alias of the function for some of them, which has its own policy, '
        + 'or use a TaskManager with its own event bus');
  });

  test('can use an alias', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks', { eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'default') });
    const handler = aFunction(stack);
    addProcessors(stack, taskManager, handler, longTypes(20));
    addProcessors(stack, taskManager, handler.addAlias('live'), longTypes(20), 'Live');
    const template = Template.fromStack(stack);
    expect(permissionsOf(template)).toHaveLength(20);
    expect(roleSize(template, FUNCTION_ROLE).managed.length).toBeLessThan(3);
  });

  test('are refused if the role can\'t have another managed policy', () => {
    const stack = new Stack(new App(), LONG_STACK);
    const taskManager = new TaskManager(stack, LONG_ID);
    expect(() => addProcessors(stack, taskManager, aFunction(stack), longTypes(600)))
      .toThrow('must not have more than 18 managed policies of task processors, because IAM allows at most 20 for a role: '
        + 'use a function with another role for some of them');
  });
});

test('an imported TaskManager, whose names are Tokens, fills the policies as with the longest names', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
    eventBusArn: `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:event-bus/bus`,
    eventSource: `task-manager.${Aws.STACK_NAME}`,
    undeliveredQueueArn: `arn:${Aws.PARTITION}:sqs:${Aws.REGION}:${Aws.ACCOUNT_ID}:undelivered`,
  });
  addProcessors(stack, taskManager, aFunction(stack), Array.from({ length: 30 }, (_, i) => `t${i}`));
  const counts = sourcesByPolicy(Template.fromStack(stack), FUNCTION_ROLE).map(([, sources]) => sources.length);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(counts.length).toBeGreaterThan(1);
  expect(Math.max(...counts)).toBeLessThanOrEqual(21);
});

test('a function of another app has policies of the same sizes', () => {
  const stack = new Stack(new App(), 'Stack');
  addProcessors(stack, new TaskManager(stack, 'Tasks'), importedFunction(stack), longTypes(40));
  const template = Template.fromStack(stack);
  const { inline, managed } = roleSize(template, ROLE_ARN.split('/')[1]);
  expect(inline).toBeLessThanOrEqual(2048);
  expect(managed.length).toBeGreaterThan(0);
  expect(permissionsOf(template, FUNCTION_ARN.split(':').at(-1)).length).toBeGreaterThan(20);
});
