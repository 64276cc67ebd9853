import { Template } from 'aws-cdk-lib/assertions';

/** The longest value of each kind of reference in a template. */
const LONGEST: Record<string, string> = {
  'AWS::Partition': 'aws-us-gov', 'AWS::Region': 'ap-southeast-1', 'AWS::AccountId': '111111111111', 'AWS::URLSuffix': 'amazonaws.com.cn',
};

/** Returns a template with references replaced by values as long as they can become. */
export function deployedTemplate(template: Template, stackName = 'Stack'): Record<string, { Type: string; Properties: any }> {
  const { Resources } = template.toJSON();
  const prefix = (service: string) => `arn:aws-us-gov:${service}:ap-southeast-1:111111111111:`;
  const named = (id: string, longest: number) => id.padEnd(longest, 'x').slice(0, longest);
  const arnOf = (id: string): string => {
    switch (Resources[id]?.Type) {
      case 'AWS::Events::EventBus': return `${prefix('events')}event-bus/${nameOf(id)}`;
      case 'AWS::Events::Rule': return `${prefix('events')}rule/${deployed(Resources[id].Properties.EventBusName)}/${named(id, 64)}`;
      case 'AWS::Lambda::Function': return `${prefix('lambda')}function:${named(id, 64)}`;
      case 'AWS::S3::Bucket': return `arn:aws-us-gov:s3:::${named(id.toLowerCase(), 63)}`;
      case 'AWS::Logs::LogGroup': return `${prefix('logs')}log-group:${named(`${stackName}-${id}`, 255)}:*`;
      default: return named(id, 256);
    }
  };
  const nameOf = (id: string): string => LONGEST[id] ?? Resources[id]?.Properties?.Name ?? named(id, 64);
  const deployed = (value: any): any => {
    if (Array.isArray(value)) return value.map(deployed);
    if (typeof value !== 'object' || value === null) return value;
    if (value.Ref) return nameOf(value.Ref);
    if (value['Fn::GetAtt']) return arnOf(value['Fn::GetAtt'][0]);
    if (value['Fn::Join']) return value['Fn::Join'][1].map(deployed).join(value['Fn::Join'][0]);
    if (value['Fn::ImportValue']) return 'x'.repeat(316);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, deployed(member)]));
  };
  return deployed(Resources);
}

export interface RoleSize {
  /** All policies inside the role together. At most 10,240. */
  readonly inline: number;
  /** Each managed policy of the app. At most 6,144. */
  readonly managed: number[];
}

/**
 * Returns the sizes of the policies of a role as IAM counts them, in characters without white space. `role` is the start of its logical id.
 */
export function roleSize(template: Template, role: string): RoleSize {
  const resources = Object.values(deployedTemplate(template));
  const policiesOf = (type: string) => resources
    .filter(({ Type, Properties }) => Type === type && Properties.Roles?.some((name: string) => name.startsWith(role)))
    .map(({ Properties }) => JSON.stringify(Properties.PolicyDocument).length);
  return { inline: policiesOf('AWS::IAM::Policy').reduce((sum, size) => sum + size, 0), managed: policiesOf('AWS::IAM::ManagedPolicy') };
}

/** Returns the size of the policy of a function as Lambda writes it, in characters. `functionArn` is a part of its ARN. */
export function functionPolicySize(template: Template, functionArn: string, stackName = 'Stack'): number {
  const statements = Object.entries(deployedTemplate(template))
    .filter(([, { Type, Properties }]) => Type === 'AWS::Lambda::Permission' && Properties.FunctionName.includes(functionArn))
    .map(([id, { Properties }]) => ({
      Sid: `${stackName}-${id}-ABCDEFGHIJKL`.slice(0, 100),
      Effect: 'Allow',
      Principal: { Service: Properties.Principal },
      Action: Properties.Action,
      Resource: Properties.FunctionName,
      ...(Properties.SourceArn && { Condition: { ArnLike: { 'AWS:SourceArn': Properties.SourceArn } } }),
    }));
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements }).length;
}

/** The maximum sizes in characters, and the maximum numbers. */
const QUOTAS = {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  inlinePolicies: 10_240,
  managedPolicy: 6144,
  managedPolicies: 10,
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  functionPolicy: 20_480,
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  resources: 500,
  template: 1_000_000,
};

/** Returns the quotas that a template exceeds: a line for each, with the size and its maximum. */
export function exceededQuotas(template: Template, stackName: string): string[] {
  const resources = template.toJSON().Resources;
  const idsOf = (type: string) => Object.keys(resources).filter((id) => resources[id].Type === type);
  const sizes: [what: string, size: number, quota: keyof typeof QUOTAS][] = [
    ['resources', Object.keys(resources).length, 'resources'],
    ['template', JSON.stringify(template.toJSON()).length, 'template'],
    ...idsOf('AWS::IAM::Role').flatMap((role): typeof sizes => {
      const { inline, managed } = roleSize(template, role);
      return [
        [`policies inside ${role}`, inline, 'inlinePolicies'],
        [`managed policies of ${role}`, managed.length + (resources[role].Properties.ManagedPolicyArns ?? []).length, 'managedPolicies'],
        [`largest managed policy of ${role}`, Math.max(0, ...managed), 'managedPolicy'],
      ];
    }),
    ...idsOf('AWS::Lambda::Function').map((id): typeof sizes[0] =>
      [`policy of ${id}`, functionPolicySize(template, `function:${id}`, stackName), 'functionPolicy']),
  ];
  return sizes.filter(([, size, quota]) => size > QUOTAS[quota]).map(([what, size, quota]) => `${stackName}: ${what}: ${size} > ${QUOTAS[quota]}`);
}
