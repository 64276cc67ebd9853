import {
  NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS, resolveEndpointDiscoveryConfig,
} from '../../../src/runtime/sdk-stubs/middleware-endpoint-discovery';

test('an SDK client is configured without endpoint discovery', () => {
  const config = { region: 'eu-west-1' };
  expect(resolveEndpointDiscoveryConfig(config)).toBe(config);
  const { environmentVariableSelector, configFileSelector } = NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS;
  expect([environmentVariableSelector(), configFileSelector()]).toEqual([undefined, undefined]);
});
