import { Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { TaskConcurrency } from '../src';
import { templateOf } from './support/constructs';
import { queueLimits } from '../src/private/pipeline/queue-limits';

/** Returns the reserved concurrency of each function, by the start of its description. */
function reservedIn(template: Template): Record<string, unknown> {
  const functions = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
  return Object.fromEntries(functions.map(({ Description, ReservedConcurrentExecutions }) => [Description.match(/\w+/)[0], ReservedConcurrentExecutions]));
}

/** Returns the limits of the updater's queues. */
const limitsIn = (template: Template) => Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))
  .flatMap(({ Properties }) => Properties.ScalingConfig?.MaximumConcurrency ?? []).sort((one, other) => other - one);

test('each function has the concurrency that is reserved for it', () => {
  const template = templateOf({ reservedConcurrency: { api: 50, statusPublisher: 11, statusUpdater: 21, sweeper: 10 } });
  expect(reservedIn(template)).toEqual({ Creates: 50, Publishes: 11, Writes: 21, Ends: 10, Answers: undefined });
});

test('nothing is reserved by default, and each function can be left out', () => {
  expect(Object.values(reservedIn(templateOf()))).toEqual(Array(5).fill(undefined));
  expect(reservedIn(templateOf({ reservedConcurrency: { sweeper: 2 } }))).toMatchObject({ Ends: 2, Creates: undefined });
});

test.each([[undefined, [100, 5]], [4, [2, 2]], [8, [6, 2]], [20, [15, 5]], [105, [100, 5]], [400, [395, 5]], [2000, [1000, 5]]])(
  'with a concurrency of %s, the queues of the updater have the limits %j', (statusUpdater, limits) => {
    expect(limitsIn(templateOf({ reservedConcurrency: { statusUpdater } }))).toEqual(limits);
  });

test('the queues never exceed the concurrency together, and Lambda accepts their limits', () => {
  fc.assert(fc.property(fc.integer({ min: 4, max: 100_000 }), (reserved) => {
    const { reports, undelivered } = queueLimits(reserved);
    expect(reports + undelivered).toBeLessThanOrEqual(reserved);
    for (const limit of [reports, undelivered]) {
      expect(limit).toBeGreaterThanOrEqual(2);
      expect(limit).toBeLessThanOrEqual(1000);
    }
  }));
});

test.each<[keyof TaskConcurrency, number, number]>([
  ['api', 0, 1], ['api', 1.5, 1], ['statusPublisher', 0, 1], ['statusUpdater', 3, 4], ['sweeper', 1, 2], ['sweeper', 100_001, 2],
])('%s of %d throws', (name, value, min) => {
  expect(() => templateOf({ reservedConcurrency: { [name]: value } }))
    .toThrow(new Error(`reservedConcurrency.${name} must be a whole number from ${min} to 100000, got ${value}`));
});

describe('a Token', () => {
  const token = Token.asNumber({ Ref: 'Concurrency' });

  test('can be the concurrency of functions without queues', () => {
    const template = templateOf({ reservedConcurrency: { api: token, statusPublisher: token, sweeper: token } });
    expect(reservedIn(template)).toMatchObject({ Creates: { Ref: 'Concurrency' }, Publishes: { Ref: 'Concurrency' }, Ends: { Ref: 'Concurrency' } });
  });

  test('can not be that of the updater', () => {
    expect(() => templateOf({ reservedConcurrency: { statusUpdater: token } }))
      .toThrow(new Error('reservedConcurrency.statusUpdater must not be a Token, because the limits of two queues follow from it'));
  });
});
