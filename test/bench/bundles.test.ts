import { readFileSync } from 'node:fs';
import { BUDGET_KIB, measureBundles } from '../../bench/bundles';
import { METAFILE } from '../../projenrc/bundled-packages';

test.each(measureBundles())('the gzipped bundle of $name is within its budget', ({ gzippedKib }) => {
  expect(gzippedKib).toBeLessThanOrEqual(BUDGET_KIB);
});

test('no bundle contains parts of the SDK that no function uses', () => {
  const { inputs } = JSON.parse(readFileSync(METAFILE, 'utf8'));
  const unused = /credential-provider-(?!env|node\.ts)|endpoint-discovery\/|endpoint-cache|event-streams\/|mnemonist/;
  expect(Object.keys(inputs).filter((file) => unused.test(file))).toEqual([]);
});
