/** Roles that CDK must not change. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Annotations as CdkAnnotations, App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskManager, TaskProcessor } from '../src';
import { aFunction } from './support/constructs';
import { FUNCTION_ARN, invokeConfig, mayReport, processorOf, processorRule, ROLE_ARN, STATUS_READER } from './support/processors';

const IMMUTABLE_ROLE = 'cdk-task-manager:immutableRole';

function lambdaRole(stack: Stack): iam.Role {
  return new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
}

const importedWith = (role: (stack: Stack) => iam.IRole) => (stack: Stack) => lambda.Function.fromFunctionAttributes(stack, 'Function', {
  functionArn: FUNCTION_ARN, role: role(stack), sameEnvironment: true,
});

describe.each<[string, (stack: Stack) => lambda.IFunction]>([
  ['imported with mutable: false', importedWith((stack) => iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN, { mutable: false }))],
  ['imported by its name with mutable: false', importedWith((stack) => iam.Role.fromRoleName(stack, 'Role', 'exporter', { mutable: false }))],
  ['with withoutPolicyUpdates()', (stack) => aFunction(stack, 'Function', { role: lambdaRole(stack).withoutPolicyUpdates() })],
  ['with withoutPolicyUpdates({ addGrantsToResources: true })', (stack) =>
    aFunction(stack, 'Function', { role: lambdaRole(stack).withoutPolicyUpdates({ addGrantsToResources: true }) })],
])('a role %s', (_, handler) => {
  const { stack, tasks, template } = processorOf(handler);

  test('gets no policy', () => {
    const policies = [...Object.keys(template.findResources('AWS::IAM::Policy')), ...Object.keys(template.findResources('AWS::IAM::ManagedPolicy'))];
    expect(policies.filter((id) => !/^Tasks|^TaskReporter/.test(id))).toEqual([]);
  });

  test('causes a warning with the statements that it needs', () => {
    const [warning, ...more] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(IMMUTABLE_ROLE));
    expect(more).toEqual([]);
    expect(warning.id).toBe('/Stack/Export');
    const text = String(warning.entry.data);
    expect(text).toMatch(/^the role of the processor, Stack\/(Immutable)?Role\w*, must have these permissions, because CDK must not change it: /);
    expect(text).toContain(`[ack: ${IMMUTABLE_ROLE}]`);
    expect(JSON.parse(text.slice(text.indexOf('[{'), text.lastIndexOf(' [ack')))).toEqual([
      mayReport(tasks),
      { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^TaskReporter/), 'Arn'] } },
      { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [STATUS_READER, 'Arn'] } },
    ]);
  });

  test('leaves no dependency on a policy that does not exist', () => {
    expect(processorRule(template).DependsOn).toEqual([expect.stringMatching(/InvokeConfig/)]);
    expect(invokeConfig(template).DependsOn).toBeUndefined();
  });
});

test('each processor of an immutable role says what it needs', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks');
  const handler = importedWith((scope) => iam.Role.fromRoleArn(scope, 'Role', ROLE_ARN, { mutable: false }))(stack);
  for (const taskType of ['export', 'report']) new TaskProcessor(stack, taskType, { taskManager, taskType, handler });
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(IMMUTABLE_ROLE)).map(({ id }) => id)).toEqual(['/Stack/export', '/Stack/report']);
});

test('a role of another account gets no policy, and causes the warning', () => {
  const stack = new Stack(new App(), 'Stack', { env: { account: '222222222222', region: 'us-east-1' } });
  const handler = aFunction(stack, 'Function', { role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN) });
  new TaskProcessor(stack, 'Export', { taskManager: new TaskManager(stack, 'Tasks'), taskType: 'export', handler });
  Annotations.fromStack(stack).hasWarning('/Stack/Export', Match.stringLikeRegexp(IMMUTABLE_ROLE));
});

test('a warning can be acknowledged', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks');
  const handler = importedWith((scope) => iam.Role.fromRoleArn(scope, 'Role', ROLE_ARN, { mutable: false }))(stack);
  CdkAnnotations.of(new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler })).acknowledgeWarning(IMMUTABLE_ROLE);
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp(IMMUTABLE_ROLE));
});

/** A policy inside a role replaces another one of the same name, without an error. */
describe('the policies of several stacks inside one role have different names', () => {
  const policyNames = (stacks: Stack[], role: unknown) => stacks.map((stack) => Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(String(role))).map(({ Properties }) => Properties.PolicyName));
  const addExport = (stack: Stack, handler: lambda.IFunction) =>
    new TaskProcessor(stack, 'Export', { taskManager: new TaskManager(stack, 'Tasks'), taskType: 'export', handler });
  const importedAs = (stack: Stack, functionName: string) => lambda.Function.fromFunctionAttributes(stack, 'Function', {
    functionArn: `${FUNCTION_ARN}-${functionName}`, role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN), sameEnvironment: true,
  });

  test('if the role is imported', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map((id) => new Stack(app, id));
    for (const stack of stacks) addExport(stack, importedAs(stack, stack.node.id));
    const names = policyNames(stacks, 'exporter').flat().map((name) => JSON.stringify(name));
    expect(new Set(names).size).toBe(2);
  });

  test('if the stacks differ only in their names', () => {
    const stacks = ['orders-test', 'orders-production'].map((stackName) => new Stack(new App(), 'Orders', { stackName }));
    for (const stack of stacks) addExport(stack, importedAs(stack, stack.stackName));
    const names = policyNames(stacks, 'exporter').flat().map((name) => JSON.stringify(name));
    expect(new Set(names).size).toBe(2);
  });

  test('if the stacks differ only in their region', () => {
    const stack = new Stack(new App(), 'Orders');
    addExport(stack, importedAs(stack, 'export'));
    expect(JSON.stringify(policyNames([stack], 'exporter'))).toContain('{"Ref":"AWS::Region"}');
  });

  test('if the role is in a third stack', () => {
    const app = new App();
    const handler = aFunction(new Stack(app, 'Function'));
    const stacks = ['One', 'Two'].map((id) => new Stack(app, id));
    addExport(stacks[0], handler);
    addExport(stacks[1], handler.addAlias('live'));
    const names = policyNames(stacks, 'FunctionServiceRole').flat().map((name) => JSON.stringify(name));
    expect(new Set(names).size).toBe(2);
  });

  test('but keep the name that CDK chooses if the role is in the same stack', () => {
    const stack = new Stack(new App(), 'Stack');
    addExport(stack, aFunction(stack));
    expect(policyNames([stack], 'FunctionServiceRole')).toEqual([['ExportPolicy8CF0931B']]);
  });

  test('and names that IAM accepts', () => {
    const stack = new Stack(new App(), 'S'.padEnd(128, 'x'), { env: { account: '111111111111', region: 'us-east-1' } });
    addExport(stack, importedAs(stack, 'export'));
    expect(policyNames([stack], 'exporter')).toEqual([[expect.stringMatching(/^[\w+=,.@-]{1,128}$/)]]);
  });
});

describe.each<[string, iam.CustomizeRolesOptions]>([
  ['', {}],
  [' of existing roles', { usePrecreatedRoles: { 'Stack/Function/ServiceRole': 'exporter' } }],
])('Role.customizeRoles()%s', (_, options) => {
  const outdir = mkdtempSync(path.join(tmpdir(), 'roles-'));
  const app = new App({ outdir });
  const stack = new Stack(app, 'Stack');
  iam.Role.customizeRoles(stack, options);
  const tasks = new TaskManager(stack, 'Tasks');
  const handler = aFunction(stack);
  for (const taskType of ['export', 'report']) new TaskProcessor(stack, taskType, { taskManager: tasks, taskType, handler });
  app.synth();
  const template = Template.fromStack(stack);
  const report: { roles: { roleConstructPath: string; identityPolicyStatements: any[] }[] } =
    JSON.parse(readFileSync(path.join(outdir, 'iam-policy-report.json'), 'utf8'));
  const needs = (role: RegExp) => report.roles.filter(({ roleConstructPath }) => role.test(roleConstructPath))
    .flatMap(({ identityPolicyStatements }) => identityPolicyStatements);

  test('creates no role and no policy', () => {
    const types = Object.values<{ Type: string }>(template.toJSON().Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith('AWS::IAM::'))).toEqual([]);
  });

  test('reports each permission of the function and of the reporter once', () => {
    const sources = ['export', 'report'].map((taskType) => `${tasks.eventSource}.processor.${taskType}`);
    for (const role of [/^Stack\/Function\/ServiceRole$/, /TaskReporter\w+Role$/]) {
      const reports = needs(role).filter(({ Action }) => Action === 'events:PutEvents');
      expect(reports.map(({ Condition }) => Condition['ForAllValues:StringEquals']['events:source'])).toEqual(sources);
    }
    expect(needs(/^Stack\/Function\/ServiceRole$/).filter(({ Action }) => Action === 'lambda:InvokeFunction').map(({ Resource }) => Resource))
      .toEqual([expect.stringMatching(/TaskReporter/), expect.stringMatching(/StatusReader/)]);
  });

  test('reports that the sweeper invokes itself', () => {
    expect(needs(/SweeperRole$/).map(({ Action }) => Action)).toContain('lambda:InvokeFunction');
  });

  test('causes no warnings', () => {
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});
