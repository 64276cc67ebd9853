import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IDependable } from 'constructs';
import { AsynchronousInvocation, AsynchronousInvocationOptions } from './asynchronous-invocation';
import { Delivery } from './delivery';
import { validateInvokable } from './handler';
import { Permission, permissionToInvoke } from './permission';
import { ReporterFunction } from './reporter-function';

export interface DirectDeliveryProps extends AsynchronousInvocationOptions {
  readonly handler: lambda.IFunction;
  readonly eventBus: events.IEventBus;
}

/** Invokes the function asynchronously with each event. */
export class DirectDelivery implements Delivery {
  public readonly reporter: ReporterFunction;
  public readonly permissions: Permission[];
  private readonly invocation: AsynchronousInvocation;

  constructor(private readonly processor: Construct, private readonly props: DirectDeliveryProps) {
    this.invocation = AsynchronousInvocation.of(processor, props.handler, props);
    this.reporter = this.invocation.reporter;
    this.permissions = [permissionToInvoke(this.reporter)];
  }

  public target(settings: targets.TargetBaseProps): events.IRuleTarget {
    return this.invocation.permissions.target(this.processor, this.props.eventBus, settings);
  }

  public connect(permission: IDependable): IDependable[] {
    const { config, permissions } = this.invocation;
    validateInvokable(this.props.handler);
    // Lambda refuses a destination that the function's role can't invoke.
    config.node.addDependency(permission);
    return [...permissions.dependablesOf(this.props.eventBus), config];
  }
}
