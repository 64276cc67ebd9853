/** Takes each guard out of the code. Minutes of work, so that `npm run test:guards` is a command of its own. */
import { GUARDS } from './guards';
import { LIVE_GUARDS } from './live-guards';
import { LONG_WORK_GUARDS } from './long-work-guards';
import { simulate } from './simulate';

jest.setTimeout(180_000);

describe('the simulation fails without the guard that', () => {
  test.concurrent.each(LONG_WORK_GUARDS)('%s', async (_, mutation) => {
    const { failure } = await simulate(20_000, mutation, { longShare: 0.5 });
    expect(failure).toContain('npm run simulate -- --seed');
  });

  test.concurrent.each(LIVE_GUARDS)('%s', async (_, mutation, finding) => {
    const { failure } = await simulate(20_000, mutation, { liveShare: 1 });
    expect(failure).toMatch(finding);
  });

  test.concurrent.each(GUARDS)('%s', async (_, mutation) => {
    const { failure } = await simulate(20_000, mutation);
    expect(failure).toContain('npm run simulate -- --seed');
  });
});
