import { Usage } from './cost';
import { LifeOptions } from './life/task-life';
import { ASSUMED } from './prices';

/** Time of the reference implementation (Java 21) for initialization and its first request, as measured earlier on this kind of machine. */
export const REFERENCE_COLD_MS = 570;

/**
 * Returns what the reference implementation of the pattern uses for a task, calculated from how it works: one put, one PutEvents for each
 * change and record, updates without a condition that write the whole item, and an event for every progress. It has no deadlines, no list
 * and no cancellation, and its functions always take one record at a time.
 */
export function referenceUsage({ payloadBytes, progressReports, polls }: LifeOptions): Usage {
  const reports = progressReports + 1;
  const changes = 1 + reports;
  const itemKb = Math.ceil((payloadBytes + 600) / 1024);
  const { publisherSeconds, updaterSeconds } = ASSUMED;
  return {
    requests: 1 + polls,
    invocations: 1 + polls + changes + reports,
    logBytes: (1 + polls + changes + reports) * ASSUMED.logBytes,
    functionSeconds: (1 + polls) * ASSUMED.apiSeconds
      + changes * (publisherSeconds.base + publisherSeconds.record) + reports * (updaterSeconds.base + updaterSeconds.record),
    writeUnits: changes * itemKb,
    // Eventually consistent.
    readUnits: polls * Math.ceil(itemKb / 4) / 2,
    events: changes * Math.ceil((payloadBytes + 600) / 65_536) + reports,
    // Send, receive, delete.
    queueRequests: 3 * reports,
    storedBytes: ASSUMED.storedBytes + payloadBytes,
  };
}

/**
 * Returns the minimum that a Standard workflow of Step Functions uses for the same: one state that waits for a token, which is two
 * transitions. An API and a function start it and return its status. It has no progress.
 */
export function stepFunctionsUsage({ polls }: LifeOptions): Usage & { readonly transitions: number } {
  return {
    requests: 1 + polls,
    invocations: 1 + polls,
    logBytes: (1 + polls) * ASSUMED.logBytes,
    functionSeconds: (1 + polls) * ASSUMED.apiSeconds,
    writeUnits: 0,
    readUnits: 0,
    events: 0,
    queueRequests: 0,
    storedBytes: 0,
    transitions: 2,
  };
}
