/**
 * Replaces the SDK's rules of endpoints, and its search for their settings, in the bundle of the API's function alone. Its client has its
 * own (`support/dynamodb-endpoint.ts`). But the SDK's table of partitions imports the rules, and esbuild can't remove them.
 */
export const customEndpointFunctions = {};

const unused = () => {
  throw new Error('endpoint rules are not part of this bundle');
};

export const EndpointError = unused;
export const isIpAddress = unused;
export const isValidHostLabel = unused;
export const resolveEndpoint = unused;
export const toEndpointV1 = unused;
