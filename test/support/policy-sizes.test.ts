import { Template } from 'aws-cdk-lib/assertions';
import { exceededQuotas } from './policy-sizes';

const policyOf = (size: number) => ({ Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'x'.repeat(size) }] });
const lambdaRole = (managedPolicies: number) => ({
  Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: Array.from({ length: managedPolicies }, (_, i) => `arn:aws:iam::aws:policy/Policy${i}`) },
});
const attached = (Type: string, size: number) => ({ Type, Properties: { PolicyDocument: policyOf(size), Roles: [{ Ref: 'Role' }] } });

function exceeded(Resources: object): string[] {
  return exceededQuotas(Template.fromJSON({ Resources }), 'Stack');
}

test('a template within the quotas exceeds none', () => {
  expect(exceeded({
    Role: lambdaRole(9), One: attached('AWS::IAM::Policy', 5000), Two: attached('AWS::IAM::Policy', 5000), Managed: attached('AWS::IAM::ManagedPolicy', 6000),
  })).toEqual([]);
});

test('each exceeded quota is named with the size', () => {
  expect(exceeded({
    Role: lambdaRole(10), One: attached('AWS::IAM::Policy', 5000), Two: attached('AWS::IAM::Policy', 5200), Managed: attached('AWS::IAM::ManagedPolicy', 6144),
  })).toEqual([
    'Stack: policies inside Role: 10344 > 10240', 'Stack: managed policies of Role: 11 > 10', 'Stack: largest managed policy of Role: 6216 > 6144',
  ]);
});

test('the policy of a function has all its permissions', () => {
  const permissions = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`Permission${i}`, {
    Type: 'AWS::Lambda::Permission',
    Properties: { FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] }, Principal: 'events.amazonaws.com', Action: 'lambda:InvokeFunction', SourceArn: `arn:aws:events:us-east-1:111111111111:rule/rule-${i}` },
  }]));
  expect(exceeded({ Function: { Type: 'AWS::Lambda::Function', Properties: {} }, ...permissions })).toEqual([
    expect.stringMatching(/^Stack: policy of Function: 2\d{4} > 20480$/),
  ]);
});

test('a stack has at most 500 resources', () => {
  const queues = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`Queue${i}`, { Type: 'AWS::SQS::Queue' }]));
  expect(exceeded(queues)).toEqual(['Stack: resources: 501 > 500']);
});
