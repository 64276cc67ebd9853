import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** Throws when a processor's function is in another account or region. */
export function validateSameEnvironment(processor: Construct, { env }: lambda.IFunction): void {
  const { account, region } = Stack.of(processor);
  if (differ(env.account, account) || differ(env.region, region)) {
    throw new Error('handler must be in the account and region of its processor, '
      + `${account}/${region}, got one in ${env.account}/${env.region}`);
  }
}

/** Returns the role of a function that a rule was just allowed to invoke. Throws when CDK can't allow that, or can't grant the function anything. */
export function grantableRole(handler: lambda.IFunction): iam.IRole {
  // CDK only warns, and leaves the function without the permission.
  const isNotPermitted = handler.node.metadata.some(({ data }) => String(data).includes('UnclearLambdaEnvironment'));
  if (!handler.role || isNotPermitted) {
    throw new Error('handler must be a function that can be granted rights, got one that can not: pass a function, an alias or a version of this app, '
      + 'or import a function with Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })');
  }
  return handler.role;
}

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}
