/**
 * In the place of the SDK's endpoint discovery: none of DynamoDB's operations that the functions call takes part in it, and its cache,
 * which every client makes, comes with a library of its own. This is the client's configuration without it.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

export function resolveEndpointDiscoveryConfig<T>(config: T): T {
  return config;
}
