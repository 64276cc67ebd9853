import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** Throws if the function of a processor is in another account or region. */
export function validateSameEnvironment(processor: Construct, { env }: lambda.IFunction): void {
  const { account, region } = Stack.of(processor);
  if (differ(env.account, account) || differ(env.region, region)) {
    throw new Error(`handler must be in the account and region of the processor, ${account}/${region}, got ${env.account}/${env.region}`);
  }
}

/**
 * Returns the role of a function that is the target of a rule.
 *
 * Throws if CDK could not allow the rule to invoke the function, or can't grant permissions to the function.
 */
export function grantableRole(handler: lambda.IFunction): iam.IRole {
  // CDK only warns, and does not create the permission.
  const isNotPermitted = handler.node.metadata.some(({ data }) => String(data).includes('UnclearLambdaEnvironment'));
  if (!handler.role || isNotPermitted) {
    throw new Error(`handler must be a function that can be granted permissions, got ${handler.node.path}: `
      + 'use a function, alias or version of this app, or import a function with '
      + 'Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })');
  }
  return handler.role;
}

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}
