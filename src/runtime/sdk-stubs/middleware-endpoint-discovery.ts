/**
 * Replaces the SDK's endpoint discovery. None of the DynamoDB operations that the functions call uses it, but each SDK client creates its
 * cache, which needs another library.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

export function resolveEndpointDiscoveryConfig<T>(config: T): T {
  return config;
}
