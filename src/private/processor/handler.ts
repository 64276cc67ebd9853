import { Annotations, Duration, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

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

/** Warns if a function has the default timeout, or can run on after its task has ended. */
export function warnOfTimeout(processor: Construct, handler: lambda.IFunction, taskTimeout: Duration): void {
  const { lambda: unqualified = handler } = handler as Partial<lambda.IVersion>;
  const resource = unqualified.node.defaultChild;
  if (!(resource instanceof lambda.CfnFunction)) return;
  const { timeout } = resource;
  if (timeout === undefined) {
    Annotations.of(processor).addWarningV2('cdk-task-manager:defaultTimeout',
      `handler ${handler.node.path} has the default timeout of Lambda, 3 seconds: set its timeout to the time that a task can take`);
  } else if (!Token.isUnresolved(timeout) && !taskTimeout.isUnresolved() && timeout > taskTimeout.toSeconds()) {
    Annotations.of(processor).addWarningV2('cdk-task-manager:timeoutAfterTask',
      `handler ${handler.node.path} has a timeout of ${Duration.seconds(timeout).toHumanString()}, longer than the `
      + `taskTimeout of the TaskManager, ${taskTimeout.toHumanString()}: it would work on after its task has failed`);
  }
}
