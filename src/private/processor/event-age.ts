import { Duration } from 'aws-cdk-lib';
import { validateDuration } from '../validation/limits';

/** The minimum of Lambda, EventBridge and SQS. */
const MIN = Duration.seconds(60);

/**
 * Returns the maximum age of an event: the given one or, by default, the longest possible. It is limited by the service and by
 * `taskTimeout`, because an event is useless after its task has ended.
 *
 * Throws if the given age is out of its limits.
 */
export function eventAge(prop: string, given: Duration | undefined, maxOfService: Duration, taskTimeout: Duration): Duration {
  const max = longestEventAge(maxOfService, taskTimeout);
  validateDuration(prop, given, MIN, max);
  return given ?? max;
}

/** Returns how long an event is worth keeping: until the end of its task, within the limits of the service. */
export function longestEventAge(maxOfService: Duration, taskTimeout: Duration): Duration {
  if (taskTimeout.isUnresolved()) return maxOfService;
  return Duration.seconds(Math.max(MIN.toSeconds(), Math.min(maxOfService.toSeconds(), taskTimeout.toSeconds())));
}
