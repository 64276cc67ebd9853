import { Usage } from './cost';
import { LifeOptions } from './life/task-life';
import { ASSUMED } from './prices';

/**
 * What the reference implementation of the pattern uses for a task, calculated from what is known of how it works: one put, one PutEvents for each change and
 * record, updates without a condition that write the whole item, and every progress published again. It has no deadlines, no list and no
 * cancellation, and its functions take one record at a time, be there more or not.
 */
export function referenceUsage({ payloadBytes, progressUpdates, polls }: LifeOptions): Usage {
  const reports = progressUpdates + 1;
  const changes = 1 + reports;
  const itemKb = Math.ceil((payloadBytes + 600) / 1024);
  const { publisherSeconds, updaterSeconds } = ASSUMED;
  return {
    requests: 1 + polls,
    invocations: 1 + polls + changes + reports,
    loggedInvocations: 1 + polls + changes + reports,
    functionSeconds: (1 + polls) * ASSUMED.apiSeconds
      + changes * (publisherSeconds.base + publisherSeconds.record) + reports * (updaterSeconds.base + updaterSeconds.record),
    writeUnits: changes * itemKb,
    // Not strongly consistent.
    readUnits: polls * Math.ceil(itemKb / 4) / 2,
    events: changes * Math.ceil((payloadBytes + 600) / 65_536) + reports,
    // Sent, received, deleted.
    queueRequests: 3 * reports,
    storedBytes: ASSUMED.storedBytes + payloadBytes,
  };
}

/**
 * The least that a Standard workflow of Step Functions uses for the same: one state, which waits for its token, and so two transitions.
 * An API and a function start it and tell how it is doing; a progress has no place in it.
 */
export function stepFunctionsUsage({ polls }: LifeOptions): Usage & { readonly transitions: number } {
  return {
    requests: 1 + polls,
    invocations: 1 + polls,
    loggedInvocations: 1 + polls,
    functionSeconds: (1 + polls) * ASSUMED.apiSeconds,
    writeUnits: 0,
    readUnits: 0,
    events: 0,
    queueRequests: 0,
    storedBytes: 0,
    transitions: 2,
  };
}
