import { Duration } from 'aws-cdk-lib';
import { validateDuration } from '../validation/limits';

/** The shortest age that Lambda and EventBridge take. */
const MIN = Duration.seconds(60);

/**
 * Returns the age that an event may reach: the one given or, if there is none, the longest. Throws when that is out of its limits. An
 * event that outlives its task is useless, so `taskTimeout` is a limit, too.
 */
export function eventAge(prop: string, given: Duration | undefined, maxOfService: Duration, taskTimeout: Duration): Duration {
  const max = taskTimeout.isUnresolved()
    ? maxOfService
    : Duration.seconds(Math.max(MIN.toSeconds(), Math.min(maxOfService.toSeconds(), taskTimeout.toSeconds())));
  validateDuration(prop, given, MIN, max);
  return given ?? max;
}
