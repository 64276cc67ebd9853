import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { IDependable } from 'constructs';
import { Permission } from './permission';
import { ReporterFunction } from './reporter-function';

/** How the events of a processor's tasks reach its function, and how the function's failures reach the reporter. */
export interface Delivery {
  /** Reports that the function has failed permanently. */
  readonly reporter: ReporterFunction;

  /** What the role of the function needs. */
  readonly permissions: Permission[];

  /** Returns the target of the processor's rule, with these settings. */
  target(settings: targets.TargetBaseProps): events.IRuleTarget;

  /** Connects the function once it has the permission. Returns what must exist before the rule delivers events. */
  connect(permission: IDependable): IDependable[];
}
