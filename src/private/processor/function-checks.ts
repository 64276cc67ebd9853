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
 * Returns the role of a function.
 *
 * Throws if the function is imported without it.
 */
export function roleOf(handler: lambda.IFunction): iam.IRole {
  if (!handler.role) throw new Error(cannotBeGranted(handler));
  return handler.role;
}

/** Throws if CDK could not allow the rule of a processor to invoke the function. */
export function validateInvokable(handler: lambda.IFunction): void {
  // CDK only warns, and does not create the permission.
  const isNotPermitted = handler.node.metadata.some(({ data }) => String(data).includes('UnclearLambdaEnvironment'));
  if (isNotPermitted) throw new Error(cannotBeGranted(handler));
}

function cannotBeGranted({ node }: lambda.IFunction): string {
  return `handler must be a function that can be granted permissions, got ${node.path}: `
    + 'use a function, alias or version of this app, or import a function with '
    + 'Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })';
}

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}
