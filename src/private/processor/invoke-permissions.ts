import { Annotations, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IDependable } from 'constructs';
import { asLongAs, LONGEST_FUNCTION_ARN, LONGEST_QUALIFIER, longestRuleArn } from './longest-names';

/**
 * Maximum size of the statements that allow rules to invoke a function. The function's whole policy can have 20,480 characters. The rest is
 * for permissions of the user, and for one statement for each bus with many rules.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_STATEMENTS = 17_000;

/** Maximum number of buses whose rules are allowed together. */
const MAX_BUSES = 3;

/** The permissions of rules to invoke a function: one for each rule as long as they fit into its policy, then one for each bus. */
export class InvokePermissions {
  private size = 0;
  private readonly permissionsByBus = new Map<string, IDependable | undefined>();

  /** @param scope where to put the permissions of a whole bus */
  constructor(private readonly scope: Construct, private readonly handler: lambda.IFunction) {}

  /**
   * Returns a target that invokes the function, and allows the rule of a processor to do so.
   *
   * Throws if the function's policy can't have another permission.
   */
  public target(processor: Construct, eventBus: events.IEventBus, delivery: targets.TargetBaseProps): events.IRuleTarget {
    const statement = this.longestStatement(longestRuleArn(nameOf(eventBus)));
    if (!this.permissionsByBus.has(eventBus.eventBusArn) && this.size + statement <= MAX_STATEMENTS) {
      this.size += statement;
      return new targets.LambdaFunction(this.handler, delivery);
    }
    this.allowAllRules(processor, eventBus);
    return new AllowedTarget(this.handler, delivery);
  }

  /** Returns what must exist before a rule of the bus can invoke the function, except the rule's own permission. */
  public dependablesOf({ eventBusArn }: events.IEventBus): IDependable[] {
    return [this.permissionsByBus.get(eventBusArn) ?? []].flat();
  }

  private allowAllRules(processor: Construct, eventBus: events.IEventBus): void {
    const { eventBusArn, eventBusName } = eventBus;
    if (this.permissionsByBus.has(eventBusArn)) return;
    const { path } = this.handler.node;
    const wayOut = 'use an alias of the function for some of them, which has its own policy';
    // ARNs of rules on the default bus do not contain its name, so that the permission would be for the rules of all buses.
    if (!hasOwnName(eventBus)) {
      throw new Error(`handler ${path} has too many processors on the default event bus, or on an imported one whose name is a Token, `
        + `because the function's policy can have 20,480 characters: ${wayOut}, or use a TaskManager with its own event bus`);
    }
    if (this.permissionsByBus.size === MAX_BUSES) {
      throw new Error(`handler ${path} has too many processors on more than ${MAX_BUSES} event buses, because the function's `
        + `policy can have 20,480 characters: ${wayOut}`);
    }
    const id = `AllowRulesOf${eventBus.node.addr.slice(-8)}`;
    this.handler.addPermission(id, {
      scope: this.scope,
      principal: new iam.ServicePrincipal('events.amazonaws.com'),
      sourceArn: Stack.of(this.scope).formatArn({
        service: 'events', resource: 'rule', resourceName: `${eventBusName}/*`, arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    });
    this.permissionsByBus.set(eventBusArn, this.scope.node.tryFindChild(id));
    Annotations.of(processor).addWarningV2('cdk-task-manager:allRulesCanInvoke',
      `handler ${path} has so many processors that one permission allows all rules of the event bus ${eventBus.node.path} to invoke it, `
      + "because the function's policy can have 20,480 characters. Everyone who can create a rule on this bus can then invoke the "
      + `function. If that is too much, ${wayOut}`);
  }

  /** Returns the size of a permission in the function's policy. */
  private longestStatement(sourceArn: number): number {
    const { functionArn } = this.handler;
    return ','.length + JSON.stringify({
      // CloudFormation names it after the stack and the resource. It can have 100 characters.
      Sid: 'x'.repeat(100),
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: asLongAs(functionArn, LONGEST_FUNCTION_ARN + ('lambda' in this.handler ? LONGEST_QUALIFIER : 0)),
      Condition: { ArnLike: { 'AWS:SourceArn': 'x'.repeat(sourceArn) } },
    }).length;
  }
}

/** Invokes a function that another permission allows the rule to invoke. */
class AllowedTarget implements events.IRuleTarget {
  constructor(private readonly handler: lambda.IFunction, private readonly delivery: targets.TargetBaseProps) {}

  public bind(): events.RuleTargetConfig {
    const { deadLetterQueue, maxEventAge, retryAttempts } = this.delivery;
    return {
      arn: this.handler.functionArn,
      targetResource: this.handler,
      deadLetterConfig: deadLetterQueue && { arn: deadLetterQueue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: maxEventAge?.toSeconds(), maximumRetryAttempts: retryAttempts },
    };
  }
}

/** Returns the name of a bus as far as it is known. CDK chooses the names of the buses of an app at synthesis. */
function nameOf(eventBus: events.IEventBus): string {
  const resource = eventBus.node.defaultChild;
  const name = resource instanceof events.CfnEventBus ? Stack.of(resource).resolve(resource.name) : undefined;
  return typeof name === 'string' ? name : eventBus.eventBusName;
}

/** Whether a bus is known to be another one than the default bus of the account. */
function hasOwnName(eventBus: events.IEventBus): boolean {
  if (eventBus.node.defaultChild instanceof events.CfnEventBus) return true;
  return !Token.isUnresolved(eventBus.eventBusName) && eventBus.eventBusName !== 'default';
}
