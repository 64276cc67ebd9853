import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IConstruct } from 'constructs';
import { InvokePermissions } from './invoke-permissions';
import { ReporterFunction } from './reporter-function';
import { TaskResourceOptions } from '../../task-resource-options';
import { differingOption } from '../resource-options';
import { canShareEnvironment } from '../validation/same-environment';

/** The value of a prop, and whether the user has given it. */
export interface Choice<T> {
  readonly value: T;
  readonly isGiven: boolean;
}

export interface AsynchronousInvocationOptions {
  readonly retryAttempts: number;
  readonly maxEventAge: Choice<Duration>;
  readonly completeOnReturn: boolean;
  readonly logRetention: Choice<logs.RetentionDays>;
  readonly resourceOptions: TaskResourceOptions;
}

/**
 * The asynchronous invocation of a processor's function: its retries, and the reporter that receives its failures and, with
 * `completeOnReturn`, its results.
 *
 * A function has one configuration for asynchronous invocation. All processors that use the function share it, and the reporter.
 */
export class AsynchronousInvocation {
  /**
   * Configures the asynchronous invocation of a function, or returns what another processor has configured.
   *
   * Throws if that processor has other options, or if the user has configured the function.
   */
  public static of(processor: Construct, handler: lambda.IFunction, options: AsynchronousInvocationOptions): AsynchronousInvocation {
    if (handler.node.tryFindChild('EventInvokeConfig')) throw new Error(RIVAL_MESSAGE);
    const stack = Stack.of(processor);
    const { functionArn } = handler;
    const invocations = invocationsOf(processor.node.root, functionArn);
    // ARNs of several environments can look alike if they contain Tokens.
    let invocation = invocations.find((other) => !Token.isUnresolved(functionArn) || canShareEnvironment(other.stack, stack));
    if (!invocation) {
      invocation = new AsynchronousInvocation(stack, handler, options);
      invocations.push(invocation);
    }
    invocation.use({ processor, options });
    return invocation;
  }

  /** The destination of the function's failures and, with `completeOnReturn`, of its results. */
  public readonly reporter: ReporterFunction;

  public readonly config: lambda.CfnEventInvokeConfig;

  public readonly permissions: InvokePermissions;

  private readonly users: User[] = [];

  private constructor(private readonly stack: Stack, handler: lambda.IFunction, options: AsynchronousInvocationOptions) {
    // In the processor's stack, so that the function's stack does not depend on it. Not in the processor's scope: which of several
    // processors comes first can change, and that must not replace the function's configuration.
    const { logRetention, resourceOptions } = options;
    this.reporter = new ReporterFunction(stack, `TaskReporter${handler.node.addr.slice(-8)}`, logRetention.value, resourceOptions);
    this.permissions = new InvokePermissions(this.reporter, handler);
    const toReporter = { destination: this.reporter.functionArn };
    this.config = new lambda.CfnEventInvokeConfig(this.reporter, 'InvokeConfig', {
      ...qualified(handler),
      maximumRetryAttempts: options.retryAttempts,
      maximumEventAgeInSeconds: options.maxEventAge.value.toSeconds(),
      destinationConfig: { onFailure: toReporter, ...(options.completeOnReturn && { onSuccess: toReporter }) },
    });
  }

  /** The user can still configure the function later, or with a separate construct. The first processor reports that for all of them. */
  private validateNoRival({ node }: Construct): void {
    node.addValidation({ validate: () => this.hasRival ? [RIVAL_MESSAGE] : [] });
  }

  /** Whether something else in the app configures the function, too. On AWS, the last deployment would win. */
  private get hasRival(): boolean {
    const { functionName, qualifier, node } = this.config;
    return node.root.node.findAll().some((other) => other !== this.config && other instanceof lambda.CfnEventInvokeConfig
      && other.functionName === functionName && other.qualifier === qualifier && canShareEnvironment(Stack.of(other), this.stack));
  }

  private use(user: User): void {
    for (const other of this.users) this.validateSame(other, user);
    if (this.users.length === 0) this.validateNoRival(user.processor);
    this.users.push(user);
    // The defaults of several TaskManagers can differ. The longest one suits all: a late event costs a useless start, but a dropped one
    // fails a task that still has time.
    const all = this.users.map(({ options }) => options);
    this.config.maximumEventAgeInSeconds = Math.max(...all.map(({ maxEventAge }) => maxEventAge.value.toSeconds()));
    this.reporter.keepLogs(Math.max(...all.map(({ logRetention }) => logRetention.value)));
  }

  private validateSame(one: User, other: User): void {
    const otherStack = Stack.of(other.processor);
    if (this.stack !== otherStack) {
      throw new Error('processors with the same function must be in the same stack, '
        + `got ${this.stack.node.path} and ${otherStack.node.path}: ${USE_ALIAS}`);
    }
    const [before, after] = [one.options, other.options];
    const isSame = before.retryAttempts === after.retryAttempts && before.completeOnReturn === after.completeOnReturn
      && agree(before.maxEventAge, after.maxEventAge, (age) => age.toSeconds());
    if (!isSame) {
      throw new Error('retryAttempts, maxEventAge and completeOnReturn must be the same for all processors with the same function, '
        + `got ${describe(after)} after ${describe(before)}: ${USE_ALIAS}`);
    }
    if (!agree(before.logRetention, after.logRetention, (retention) => retention)) {
      const [first, second] = [one, other].map(({ processor, options: { logRetention } }) =>
        `${retentionName(logRetention.value)} of ${processor.node.path}`);
      throw new Error(`logRetention must be the same for all processors with the same function, got ${first} and ${second}: ${USE_ALIAS}`);
    }
    const differing = differingOption(before.resourceOptions, after.resourceOptions);
    if (differing) {
      throw new Error(`${differing} must be the same for the TaskManagers of all processors with the same function, because they share a `
        + `reporter, got different ones for ${one.processor.node.path} and ${other.processor.node.path}: ${USE_ALIAS}`);
    }
  }
}

interface User {
  readonly processor: Construct;
  readonly options: AsynchronousInvocationOptions;
}

/** Whether two processors can share a value. Defaults can differ. */
function agree<T>(one: Choice<T>, other: Choice<T>, comparable: (value: T) => number): boolean {
  return !(one.isGiven || other.isGiven) || comparable(one.value) === comparable(other.value);
}

function retentionName(retention: logs.RetentionDays): string {
  return Token.isUnresolved(retention) ? 'a Token' : `RetentionDays.${logs.RetentionDays[retention]}`;
}

const RIVAL_MESSAGE = 'handler must not have onFailure, onSuccess, maxEventAge or retryAttempts, because a function can have only one '
  + 'configuration for asynchronous invocation: set maxEventAge and retryAttempts on the TaskProcessor, or use an alias of the function, '
  + 'which has its own';

const USE_ALIAS = 'use an alias of the function for one of them';

const invocationsByApp = new WeakMap<IConstruct, Map<string, AsynchronousInvocation[]>>();

/** Returns what the processors of an app have configured for functions with this ARN. */
function invocationsOf(app: IConstruct, functionArn: string): AsynchronousInvocation[] {
  const byArn = invocationsByApp.get(app) ?? new Map<string, AsynchronousInvocation[]>();
  invocationsByApp.set(app, byArn);
  const invocations = byArn.get(functionArn) ?? [];
  byArn.set(functionArn, invocations);
  return invocations;
}

/** Returns the name of the function, and its version or alias. */
function qualified(handler: lambda.IFunction): { functionName: string; qualifier: string } {
  const { lambda: unqualified, aliasName, version } = handler as Partial<lambda.IAlias> & Partial<lambda.IVersion>;
  if (!unqualified) return { functionName: handler.functionName, qualifier: qualifierOf(handler.functionArn) ?? '$LATEST' };
  return { functionName: unqualified.functionName, qualifier: aliasName ?? version as unknown as string };
}

/** Returns the version or alias in the ARN of an imported function. It is the eighth part. */
function qualifierOf(functionArn: string): string | undefined {
  return Token.isUnresolved(functionArn) ? undefined : functionArn.split(':')[7];
}

function describe({ retryAttempts, maxEventAge, completeOnReturn }: AsynchronousInvocationOptions): string {
  return `${retryAttempts}, ${maxEventAge.value.toHumanString()}, ${completeOnReturn}`;
}
