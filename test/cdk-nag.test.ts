import { App, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import { TaskApiAuth, TaskManager } from '../src';
import { CHECKED_STACKS, CheckedStack, resourcesOf } from './support/checked-stacks';
import { countFindings, documentedFindings, documentedReasons, reasonsIn, sampleOf } from './support/findings';

const SECTION = 'Findings of cdk-nag';
const SAMPLE = 'acknowledged-findings.ts';

/** Returns the findings in the constructs of this package, such as `AwsSolutions-IAM5[Action::s3:Get*]`: one for each resource. */
function findingsOf({ constructs }: CheckedStack): string[] {
  const packs = [new AwsSolutionsChecks(), new ServerlessChecks(), new NIST80053R5Checks()];
  return constructs.flatMap((construct) => packs.flatMap((pack) => pack.validateScope(construct).violations))
    .flatMap(({ ruleName, violatingResources }) => violatingResources.map(() => ruleName));
}

const stacks = Object.entries(CHECKED_STACKS).map(([name, define]) => ({ name, stack: define() }));
const found = Object.fromEntries(stacks.map(({ name, stack }) => [name, findingsOf(stack)]));

test('docs/company-rules.md lists what cdk-nag finds', () => {
  const rules = Object.entries(found).map(([name, findings]) => [name, findings.map((finding) => finding.split('[')[0])]);
  expect(documentedFindings(SECTION)).toEqual(countFindings(Object.fromEntries(rules)));
});

test('the sample gives the reasons of the table', () => {
  expect(reasonsIn(SAMPLE)).toEqual(documentedReasons(SECTION));
});

test.each(stacks)('the sample acknowledges all findings in the $name stack', ({ stack }) => {
  sampleOf(SAMPLE).acknowledgeFindings(...stack.constructs);
  expect(findingsOf(stack)).toEqual([]);
});

/** The resources with wildcards: executions, ECS tasks, revisions, results, connections, whose names come at run time. */
const WILDCARDS = [
  /:execution:.*:\*$/, /:task-definition\/\w+:\*$/, /:task\/<\w+>\/\*$/, /\/tasks(\/(export|video|render))?\/\*$/,
  /\/live\/(POST|DELETE)\/@connections\/\*$/, /^\*$/,
];

test.each(stacks)('the wildcards in the $name stack are names that are made at run time', ({ name }) => {
  const resources = found[name].map((finding) => /\[(?:Resource|Action)::(.*)\]$/.exec(finding)?.[1]).filter((resource) => resource !== undefined);
  expect(resources.length).toBeGreaterThan(0);
  expect(resources.filter((resource) => !WILDCARDS.some((allowed) => allowed.test(resource)))).toEqual([]);
});

/** Actions that know no resources, or only resources that are not there yet. */
const ON_ALL_RESOURCES = /^(ecs:ListTasks|ec2:(Assign|Create|Delete|Describe|Unassign)\w+|xray:\w+)$/;

test.each(stacks)('only actions that know no resources are allowed on all of them, in the $name stack', ({ stack }) => {
  const statements = resourcesOf(stack).filter((resource) => resource instanceof iam.CfnPolicy)
    .flatMap(({ policyDocument }) => stack.stack.resolve(policyDocument).Statement);
  const actions = statements.filter(({ Effect, Resource }) => Effect === 'Allow' && Resource === '*').flatMap(({ Action }) => Action);
  expect(actions.filter((action) => !ON_ALL_RESOURCES.test(action))).toEqual([]);
});

test('AwsSolutions has no finding about authorization with Cognito', () => {
  const stack = new Stack(new App(), 'Stack');
  const userPool = cognito.UserPool.fromUserPoolArn(stack, 'Users', 'arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abc');
  new TaskManager(stack, 'Tasks', { auth: TaskApiAuth.cognito(userPool) });
  const rules = new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName);
  expect(rules).not.toContain('AwsSolutions-COG4');
});
