import { Token } from 'aws-cdk-lib';
import { validateWholeNumber } from './limits';
import { TaskConcurrency } from '../../task-concurrency';
import { MIN_UPDATER_CONCURRENCY } from '../pipeline/queue-limits';

/** An account can have its quota raised. A larger value is probably a typo. */
const MAX_CONCURRENCY = 100_000;

/** Throws if a reserved concurrency is not whole, is too low for what the function does, or can't be known. Other Tokens pass. */
export function validateConcurrency({ api, statusPublisher, statusUpdater, sweeper }: TaskConcurrency): void {
  if (statusUpdater !== undefined && Token.isUnresolved(statusUpdater)) {
    throw new Error('reservedConcurrency.statusUpdater must not be a Token, because the limits of two queues follow from it');
  }
  validateWholeNumber('reservedConcurrency.api', api, 1, MAX_CONCURRENCY);
  validateWholeNumber('reservedConcurrency.statusPublisher', statusPublisher, 1, MAX_CONCURRENCY);
  validateWholeNumber('reservedConcurrency.statusUpdater', statusUpdater, MIN_UPDATER_CONCURRENCY, MAX_CONCURRENCY);
  validateWholeNumber('reservedConcurrency.sweeper', sweeper, 2, MAX_CONCURRENCY);
}
