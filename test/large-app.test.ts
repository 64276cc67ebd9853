/** A large app can be deployed: its sizes, counted as AWS does, and the rules of cdk-nag. */
import { App, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addPipeline } from './support/large-app';
import { exceededQuotas, functionPolicySize, roleSize } from './support/policy-sizes';

const app = new App({ analyticsReporting: false });
addPipeline(app);
const stages = app.node.children.filter((child) => Stage.isStage(child));
const stackOf = (stage: Stage, id: string) => stage.node.findChild(id) as Stack;

describe.each(stages.map((stage): [string, Stage] => [stage.node.id, stage]))('the stage %s', (_, stage) => {
  const stacks = ['Orders', 'Reports', 'Partner'].map((id) => stackOf(stage, id));

  test.each(stacks.map((stack): [string, Stack] => [stack.node.id, stack]))('has a stack %s within the quotas of CloudFormation', (id, stack) => {
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    const count = Object.keys(Template.fromStack(stack).toJSON().Resources).length;
    console.info(`${stage.node.id}/${id}: ${count} resources, ${text.length} bytes`);
    expect(count).toBeLessThanOrEqual(500);
    expect(text.length).toBeLessThan(1_000_000);
    expect(exceededQuotas(Template.fromStack(stack), stack.stackName)).toEqual([]);
  });

  test('has a function of 100 task types within the quotas of IAM and Lambda', () => {
    const template = Template.fromStack(stacks[0]);
    for (const role of ['WorkerRole', 'TaskReporter']) {
      const { inline, managed } = roleSize(template, role);
      console.info(`${role}: ${inline} characters inside the role, managed policies of ${managed.join(', ')}`);
      expect(inline).toBeLessThanOrEqual(10_240);
      expect(Math.max(0, ...managed)).toBeLessThanOrEqual(6144);
      expect(managed.length).toBeLessThanOrEqual(10);
    }
    const size = functionPolicySize(template, 'function:Worker', stacks[0].stackName);
    console.info(`policy of the function: ${size} characters`);
    expect(size).toBeLessThanOrEqual(20_480);
  });

  test('has no warnings of this package except one about the rules of the bus', () => {
    const warnings = stacks.flatMap((stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-task-manager:')));
    expect(warnings.map(({ entry }) => /ack: (\S+)\]/.exec(String(entry.data))![1])).toEqual(['cdk-task-manager:allRulesCanInvoke']);
  });

  test('has no findings of cdk-nag except the acknowledged ones', () => {
    const found = stacks.flatMap((stack) => new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName));
    // test/cdk-nag.test.ts has the reasons.
    const acknowledged = ['AwsSolutions-APIG1', 'AwsSolutions-APIG2', 'AwsSolutions-APIG3', 'AwsSolutions-APIG6', 'AwsSolutions-COG4', 'AwsSolutions-SQS3'];
    expect([...new Set(found)].filter((rule) => !acknowledged.includes(rule))).toEqual([]);
  });
});
