/**
 * Returns the URL of an API at an emulator of AWS, from its URL on AWS. Undefined if it is not such a URL.
 *
 * The URL of a WebSocket API starts with `wss:`. A URL without a path is that of an HTTP API with the stage `$default`. All others are URLs
 * of a REST API, or of one of its resources.
 */
export function emulatorUrl(endpoint: string, awsUrl: string): string | undefined {
  const [, scheme, apiId, stage, path = '/'] = /^(https|wss):\/\/([a-z0-9]+)\.execute-api\.[^/]+\/(?:([^/]+)(\/.*)?)?$/.exec(awsUrl) ?? [];
  if (scheme === 'wss' && stage && path === '/') return `${endpoint.replace('http', 'ws')}/_aws/execute-api/${apiId}/${stage}`;
  if (scheme !== 'https') return undefined;
  return stage ? `${endpoint}/restapis/${apiId}/${stage}/_user_request_${path}` : `${endpoint}/_aws/execute-api/${apiId}/$default/`;
}
