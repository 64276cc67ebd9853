import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';
import { canShareEnvironment } from '../validation/same-environment';

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

/** Lambda's default. */
const DEFAULT_TIMEOUT_SECONDS = 3;

/** Returns the timeout of a function in seconds; undefined if the function is imported, or its timeout is a Token. */
export function timeoutOf(handler: lambda.IFunction): number | undefined {
  const resource = resourceOf(handler);
  const timeout = resource && (resource.timeout ?? DEFAULT_TIMEOUT_SECONDS);
  return Token.isUnresolved(timeout) ? undefined : timeout;
}

/** Returns the resource of a function, or of the one behind an alias or a version; undefined if it is imported. */
function resourceOf(handler: lambda.IFunction): lambda.CfnFunction | undefined {
  const { lambda: unqualified = handler } = handler as Partial<lambda.IVersion>;
  const resource = unqualified.node.defaultChild;
  return resource instanceof lambda.CfnFunction ? resource : undefined;
}

/**
 * Throws if a function would refuse some of the tasks that its queue delivers at the same time. For the queue, each refusal is an attempt.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export function validateReservedConcurrency(handler: lambda.IFunction, maxConcurrency: number): void {
  const reserved = resourceOf(handler)?.reservedConcurrentExecutions;
  if (reserved === undefined || [reserved, maxConcurrency].some(Token.isUnresolved) || maxConcurrency <= reserved) return;
  throw new Error(`maxConcurrency must be at most the reserved concurrency of handler ${handler.node.path}, ${reserved}, `
    + `got ${maxConcurrency}: Lambda would refuse the other tasks until their attempts are used up`);
}

/** Warns if a function has the default timeout, or can run on after its task has ended. */
export function warnOfTimeout(processor: Construct, handler: lambda.IFunction, taskTimeout: Duration): void {
  const resource = resourceOf(handler);
  if (!resource) return;
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

/** Throws if another processor of the app has the same function and the same tasks. Both would start the function for each task. */
export function validateOnlyProcessor(processor: Construct, handler: lambda.IFunction, source: string): void {
  const { root } = processor.node;
  const processorsByKey = processorsByApp.get(root) ?? new Map<string, Construct[]>();
  processorsByApp.set(root, processorsByKey);
  const key = `${handler.functionArn} ${source}`;
  const processors = processorsByKey.get(key) ?? [];
  processorsByKey.set(key, processors);
  const other = processors.find((one) => canShareEnvironment(Stack.of(one), Stack.of(processor)));
  if (other) {
    throw new Error(`handler ${handler.node.path} must process the tasks of a type once, got two processors `
      + `with the same taskManager and taskType, ${other.node.path} and ${processor.node.path}: remove one of them`);
  }
  processors.push(processor);
}

const processorsByApp = new WeakMap<IConstruct, Map<string, Construct[]>>();
