import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';
import { ReporterFunction } from './reporter-function';

export interface AsynchronousInvocationOptions {
  readonly retryAttempts: number;
  readonly maxEventAge: Duration;
  readonly completeOnReturn: boolean;
}

/**
 * The asynchronous invocation of a processor's function: its retries, and the reporter that gets its failures and, if asked to, its results.
 *
 * Lambda keeps one such configuration for a function, so all processors of the function share it, and with it the reporter.
 */
export class AsynchronousInvocation {
  /**
   * Configures the asynchronous invocation of a function, unless a processor of the same function already did.
   *
   * Throws when that processor has other options, or when the user has configured the function.
   */
  public static of(processor: Construct, handler: lambda.IFunction, options: AsynchronousInvocationOptions): AsynchronousInvocation {
    if (handler.node.tryFindChild('EventInvokeConfig')) throw new Error(RIVAL_MESSAGE);
    const invocations = invocationsIn(processor.node.root);
    const existing = invocations.get(handler.functionArn);
    existing?.validateSame(processor, options);
    const invocation = existing ?? new AsynchronousInvocation(Stack.of(processor), handler, options);
    invocations.set(handler.functionArn, invocation);
    // The user may still configure the function after this processor is made, or with a construct of their own.
    processor.node.addValidation({ validate: () => invocation.hasRival ? [RIVAL_MESSAGE] : [] });
    return invocation;
  }

  /** Receives what the function failed at and, if asked to, what it returned. */
  public readonly reporter: ReporterFunction;

  public readonly config: lambda.CfnEventInvokeConfig;

  private constructor(private readonly stack: Stack, handler: lambda.IFunction, private readonly options: AsynchronousInvocationOptions) {
    // In the processor's stack, so that the function's stack refers to nothing of it. Not below the processor: which of several
    // processors comes first may change, and that must not replace the function's configuration.
    this.reporter = new ReporterFunction(stack, `TaskReporter${handler.node.addr.slice(-8)}`);
    const toReporter = { destination: this.reporter.functionArn };
    this.config = new lambda.CfnEventInvokeConfig(this.reporter, 'InvokeConfig', {
      ...qualified(handler),
      maximumRetryAttempts: options.retryAttempts,
      maximumEventAgeInSeconds: options.maxEventAge.toSeconds(),
      destinationConfig: { onFailure: toReporter, ...(options.completeOnReturn && { onSuccess: toReporter }) },
    });
  }

  /** Whether the app configures the function a second time. The last deployment would win. */
  private get hasRival(): boolean {
    const { functionName, qualifier, node } = this.config;
    return node.root.node.findAll().some((other) => other !== this.config && other instanceof lambda.CfnEventInvokeConfig
      && other.functionName === functionName && other.qualifier === qualifier);
  }

  private validateSame(processor: Construct, { retryAttempts, maxEventAge, completeOnReturn }: AsynchronousInvocationOptions): void {
    const { options, stack } = this;
    const other = Stack.of(processor);
    if (stack !== other) {
      throw new Error(`processors of one function must be in one stack, got ${stack.node.path} and ${other.node.path}: use an alias of the function for one of them`);
    }
    const isSame = retryAttempts === options.retryAttempts && completeOnReturn === options.completeOnReturn
      && maxEventAge.toSeconds() === options.maxEventAge.toSeconds();
    if (!isSame) {
      throw new Error('retryAttempts, maxEventAge and completeOnReturn must be the same for all processors of one function, '
        + `got ${describe({ retryAttempts, maxEventAge, completeOnReturn })} and before ${describe(options)}: use an alias of the function for one of them`);
    }
  }
}

const RIVAL_MESSAGE = 'handler must have no configuration for asynchronous invocation (onFailure, onSuccess, maxEventAge, retryAttempts) '
  + 'of its own, for there can be one only: give maxEventAge and retryAttempts to the TaskProcessor, '
  + 'or let it use an alias of the function, which has one of its own';

const invocationsByApp = new WeakMap<IConstruct, Map<string, AsynchronousInvocation>>();

/** Returns the invocations that the processors of an app have configured, by the ARN of the function. */
function invocationsIn(app: IConstruct): Map<string, AsynchronousInvocation> {
  const invocations = invocationsByApp.get(app) ?? new Map<string, AsynchronousInvocation>();
  invocationsByApp.set(app, invocations);
  return invocations;
}

/** Names the function, and the version or the alias that is meant. */
function qualified(handler: lambda.IFunction): { functionName: string; qualifier: string } {
  const { lambda: unqualified, aliasName, version } = handler as Partial<lambda.IAlias> & Partial<lambda.IVersion>;
  if (!unqualified) return { functionName: handler.functionName, qualifier: qualifierOf(handler.functionArn) ?? '$LATEST' };
  return { functionName: unqualified.functionName, qualifier: aliasName ?? version as unknown as string };
}

/** An imported function may be named with a version or an alias, behind the seven other parts of its ARN. */
function qualifierOf(functionArn: string): string | undefined {
  return Token.isUnresolved(functionArn) ? undefined : functionArn.split(':')[7];
}

function describe({ retryAttempts, maxEventAge, completeOnReturn }: AsynchronousInvocationOptions): string {
  return `${retryAttempts}, ${maxEventAge.toHumanString()}, ${completeOnReturn}`;
}
