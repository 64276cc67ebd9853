import { readFileSync } from 'node:fs';
import { BUDGET_KIB, weighBundles } from '../../bench/bundles';
import { METAFILE } from '../../projenrc/bundled-packages';

test.each(weighBundles())('the function $name weighs no more than its budget, gzipped', ({ gzippedKib }) => {
  expect(gzippedKib).toBeLessThanOrEqual(BUDGET_KIB);
});

test('what no function uses of the SDK is in no bundle', () => {
  const { inputs } = JSON.parse(readFileSync(METAFILE, 'utf8'));
  const unused = /credential-provider-(?!env|node\.ts)|endpoint-discovery\/|endpoint-cache|event-streams\/|mnemonist/;
  expect(Object.keys(inputs).filter((file) => unused.test(file))).toEqual([]);
});
