import * as iam from 'aws-cdk-lib/aws-iam';
import { Permission } from './permission';
import { States } from './wrapper-definition';

/** A kind of work that a state machine, the wrapper, runs for each task. */
export interface Work {
  /** The states of the wrapper that run the work, from `Run` to `Report`. */
  readonly states: States;

  /** What the wrapper needs to run the work. */
  readonly toRun: iam.PolicyStatement[];

  /** What starter and stopper need to stop the work, and to see whether it has stopped. */
  readonly toStop: iam.PolicyStatement[];

  /** Actions on executions of the wrapper that starter and stopper need to find the work. */
  readonly actionsToFind: string[];

  /** What starter and stopper must know. */
  readonly environment: Record<string, string>;

  /** Maximum size of a request whose task can always be handed to the work, in bytes. */
  readonly maxRequestBytes: number;

  /** The role of the work. Missing if it is not known. */
  readonly role?: iam.IRole;

  /** What the role gets besides the permissions to report and to put results. */
  readonly permissions: Permission[];
}
