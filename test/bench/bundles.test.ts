import { readFileSync } from 'node:fs';
import { API_BUDGET_KIB, BUDGET_KIB, measureBundles } from '../../bench/bundles';
import { bundlesIn, LAMBDA_METAFILES } from '../../projenrc/bundled-packages';

test.each(measureBundles())('the gzipped bundle of $name is within its budget', ({ name, gzippedKib }) => {
  expect(gzippedKib).toBeLessThanOrEqual(name === 'api' ? API_BUDGET_KIB : BUDGET_KIB);
});

test('no bundle contains parts of the SDK that no function uses', () => {
  const inputs = Object.values(bundlesIn(LAMBDA_METAFILES)).flatMap((bundle) => Object.keys(bundle.inputs));
  const unused = /credential-provider-(?!env|node\.ts)|endpoint-discovery\/|endpoint-cache|event-streams\/|mnemonist/;
  expect(inputs.filter((file) => unused.test(file))).toEqual([]);
});

test('only the API function contains the small client of DynamoDB, and it contains no client of the SDK', () => {
  const bundles = Object.entries(bundlesIn(LAMBDA_METAFILES)).map(([file, { inputs }]) => ({ file, inputs: Object.keys(inputs) }));
  const small = bundles.filter(({ inputs }) => inputs.includes('src/runtime/support/dynamodb-client.ts'));
  expect(small.map(({ file }) => file)).toEqual(['assets/api.lambda/index.js']);
  expect(small[0].inputs.filter((input) => input.includes('@aws-sdk/client-'))).toEqual([]);
});

test('the parts of the SDK in the API function have the versions that the client of the SDK has', () => {
  const inputs = Object.keys(bundlesIn(LAMBDA_METAFILES)['assets/api.lambda/index.js'].inputs);
  const parts = new Set(inputs.flatMap((file) => /^node_modules\/@(?:aws-sdk|smithy)\/[^/]+/.exec(file) ?? []));
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  // A package that is installed once has one version.
  const installed = Object.keys(packages).filter((directory) => [...parts].some((part) => directory.endsWith(part)));
  expect(installed.sort()).toEqual([...parts].sort());
});
