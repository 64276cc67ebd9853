import { BUDGET_KIB, weighBundles } from '../../bench/bundles';

test.each(weighBundles())('the function $name weighs no more than its budget, gzipped', ({ gzippedKib }) => {
  expect(gzippedKib).toBeLessThanOrEqual(BUDGET_KIB);
});
