import { Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** The context key with which aws-cdk-lib estimates the size of ARNs that are not known before deployment, and its default. */
export const ARN_SIZE_ESTIMATE = '@aws-cdk/aws-iam.arnSizeEstimate';
const DEFAULT_ARN_SIZE = 150;

/** The maximum size of most names that CloudFormation chooses. */
const LONGEST_NAME = 64;

/**
 * Returns the size of a policy document as IAM counts it: without white space. What is not known before deployment is estimated, ARNs as
 * aws-cdk-lib does it.
 */
export function policySize(policyDocument: unknown, scope: IConstruct): number {
  const stack = Stack.of(scope);
  const arnSize: number = scope.node.tryGetContext(ARN_SIZE_ESTIMATE) ?? DEFAULT_ARN_SIZE;
  const pseudoParameters: Record<string, string> = {
    'AWS::AccountId': known(stack.account, '111111111111'),
    'AWS::Partition': known(stack.partition, 'aws'),
    'AWS::Region': known(stack.region, 'ap-southeast-1'),
    'AWS::URLSuffix': 'amazonaws.com',
  };

  /** @param refSize the size of a reference to a resource, which is its name or its ARN */
  const estimated = (value: any, refSize = arnSize): any => {
    if (Array.isArray(value)) return value.map((member) => estimated(member));
    if (typeof value !== 'object' || value === null) return value;
    const [name, ...others] = Object.keys(value);
    if (others.length === 0 && name === 'Fn::Join') {
      const [delimiter, parts] = value[name];
      return [parts].flat().map((part) => estimated(part, LONGEST_NAME)).join(delimiter);
    }
    if (others.length === 0 && name === 'Ref') return pseudoParameters[value[name]] ?? 'x'.repeat(refSize);
    if (others.length === 0 && name?.startsWith('Fn::')) return 'x'.repeat(arnSize);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, estimated(member)]));
  };
  const resolved = stack.resolve(policyDocument);
  return resolved?.Statement?.length === 0 ? 0 : JSON.stringify(estimated(resolved))?.length ?? 0;
}

function known(value: string, longest: string): string {
  return Token.isUnresolved(value) ? longest : value;
}
