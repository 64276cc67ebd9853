import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { RuntimeFunction } from '../runtime-function';

export interface AsyncInvokeOptions {
  readonly retryAttempts: number;
  readonly maxEventAge: Duration;
  readonly completeOnReturn: boolean;
}

/**
 * Reports in the place of a processor's function: that it failed for good or, if asked to, what it returned.
 *
 * A function has one asynchronous configuration, so there is one reporter for it, however many types it serves. It stands in the
 * processor's stack: the function's stack then refers to nothing of it.
 */
export class ProcessorReporter extends RuntimeFunction {
  /** Returns the reporter of a function. Throws when another processor of the function asked for other options. */
  public static for(scope: Construct, handler: lambda.IFunction, options: AsyncInvokeOptions): ProcessorReporter {
    const reporters = reportersOf(scope.node.root);
    const existing = reporters.get(handler.functionArn);
    existing?.requireSame(scope, options);
    // Not below the processor: which of several came first may change, and the function's configuration must not be replaced then.
    const reporter = existing ?? new ProcessorReporter(Stack.of(scope), `TaskReporter${handler.node.addr.slice(-8)}`, handler, options);
    reporters.set(handler.functionArn, reporter);
    return reporter;
  }

  /** The asynchronous configuration of the processor's function. */
  public readonly invokeConfig: lambda.CfnEventInvokeConfig;

  private constructor(scope: Construct, id: string, handler: lambda.IFunction, private readonly options: AsyncInvokeOptions) {
    super(scope, id, {
      entry: 'processor-reporter',
      description: 'Reports what became of tasks whose processor can not',
      timeout: Duration.seconds(30),
      logRetention: logs.RetentionDays.ONE_MONTH,
    });
    const toReporter = { destination: this.functionArn };
    this.invokeConfig = new lambda.CfnEventInvokeConfig(this, 'InvokeConfig', {
      ...qualified(handler),
      maximumRetryAttempts: options.retryAttempts,
      maximumEventAgeInSeconds: options.maxEventAge.toSeconds(),
      destinationConfig: { onFailure: toReporter, ...(options.completeOnReturn && { onSuccess: toReporter }) },
    });
  }

  /** Whether somebody else configured the function, too. The last deployment would win. */
  public get hasRival(): boolean {
    const { functionName, qualifier } = this.invokeConfig;
    return this.node.root.node.findAll().some((other) => other !== this.invokeConfig && other instanceof lambda.CfnEventInvokeConfig
      && other.functionName === functionName && other.qualifier === qualifier);
  }

  private requireSame(processor: Construct, { retryAttempts, maxEventAge, completeOnReturn }: AsyncInvokeOptions): void {
    const { options } = this;
    const [stack, other] = [Stack.of(this), Stack.of(processor)];
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

const reportersByApp = new WeakMap<IConstruct, Map<string, ProcessorReporter>>();

function reportersOf(app: IConstruct): Map<string, ProcessorReporter> {
  const reporters = reportersByApp.get(app) ?? new Map<string, ProcessorReporter>();
  reportersByApp.set(app, reporters);
  return reporters;
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

function describe({ retryAttempts, maxEventAge, completeOnReturn }: AsyncInvokeOptions): string {
  return `${retryAttempts}, ${maxEventAge.toHumanString()}, ${completeOnReturn}`;
}
