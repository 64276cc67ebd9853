import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { TaskEvents } from './task-events';
import { ITaskManager } from './task-manager';

/**
 * Configures a `TaskProcessor`.
 */
export interface TaskProcessorProps {
  /**
   * Whose tasks to process. The processor, the TaskManager and the function are in the same account and region.
   */
  readonly taskManager: ITaskManager;

  /**
   * The type of the tasks to process, as it is given on creation.
   *
   * A letter, then up to 63 letters, digits, `.`, `_` and `-`.
   */
  readonly taskType: string;

  /**
   * The function that does the work. It is invoked asynchronously with each `TaskCreatedEvent` of the type, and finds in
   * `event.detail.reportTo` where to send its `TaskUpdatedEvent`s. It may get an event more than once.
   *
   * An imported function must have a role: `Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })`.
   */
  readonly handler: lambda.IFunction;
}

/**
 * Hands the tasks of one type to a function, and lets that function report on them.
 *
 * Throws when the function is imported in a way that leaves it without the rights it needs.
 */
export class TaskProcessor extends Construct {
  /**
   * The rule that passes the type's `TaskCreatedEvent`s on to the function.
   */
  public readonly rule: events.Rule;

  constructor(scope: Construct, id: string, props: TaskProcessorProps) {
    super(scope, id);
    const { taskManager, taskType, handler } = props;

    requireSameEnvironment(this, handler);

    this.rule = new events.Rule(this, 'Rule', {
      description: `Hands tasks of type ${taskType} to their processor`,
      eventBus: taskManager.eventBus,
      eventPattern: TaskEvents.created(taskManager, { taskType }),
      targets: [new targets.LambdaFunction(handler)],
    });

    // Not in the function's default policy: that may be in another stack, and would then refer back to this one.
    const policy = new iam.Policy(this, 'Policy', { roles: [grantableRole(handler)] });
    taskManager.grantUpdate(policy, taskType);
    // No task shall reach the function before it may report.
    this.rule.node.addDependency(policy);
  }
}

function requireSameEnvironment(scope: Construct, { env }: lambda.IFunction): void {
  const { account, region } = Stack.of(scope);
  if (differ(env.account, account) || differ(env.region, region)) {
    throw new Error('handler must be in the account and region of its processor, '
      + `${account}/${region}, got one in ${env.account}/${env.region}`);
  }
}

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}

/** Returns the role of a function that a rule was just allowed to invoke, where CDK could do that and can grant rights to it. */
function grantableRole(handler: lambda.IFunction): iam.IRole {
  // CDK only warns, and leaves the function without the permission.
  const isNotPermitted = handler.node.metadata.some(({ data }) => String(data).includes('UnclearLambdaEnvironment'));
  if (!handler.role || isNotPermitted) {
    throw new Error('handler must be a function that can be granted rights, got an imported one that can not: '
      + 'import it with Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })');
  }
  return handler.role;
}
