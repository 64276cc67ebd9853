import { resolveEndpoint } from '../../../src/runtime/sdk-stubs/endpoints';

test('endpoint rules are not part of the bundle', () => {
  expect(resolveEndpoint).toThrow('endpoint rules are not part of this bundle');
});
