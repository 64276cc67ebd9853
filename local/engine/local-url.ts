import { Engine } from './engine';
import { EngineError } from './engine-error';

/**
 * Returns the local URL of an API, from its URL on AWS.
 *
 * The URL of a WebSocket API starts with `wss:`. A URL without a path is that of an HTTP API with the stage `$default`. All others are URLs
 * of a REST API, or of one of its resources.
 *
 * @throws EngineError if the URL is not that of an API
 */
export function localUrl(engine: Pick<Engine, 'url'>, awsUrl: string): string {
  const [, scheme, apiId, stage, path = '/'] = /^(https|wss):\/\/([a-z0-9]+)\.execute-api\.[^/]+\/(?:([^/]+)(\/.*)?)?$/.exec(awsUrl) ?? [];
  if (scheme === 'wss' && stage && path === '/') {
    return `${engine.url.replace('http', 'ws')}/_aws/execute-api/${apiId}/${stage}`;
  }
  if (scheme !== 'https') {
    throw new EngineError('the URL of an API must look like https://<id>.execute-api.<region>.amazonaws.com/<stage>/ or, if it is an HTTP API, ' +
      'https://<id>.execute-api.<region>.amazonaws.com/ or, if it is a WebSocket API, wss://<id>.execute-api.<region>.amazonaws.com/<stage>, ' +
      `got '${awsUrl}'`);
  }
  return stage ? `${engine.url}/restapis/${apiId}/${stage}/_user_request_${path}` : `${engine.url}/_aws/execute-api/${apiId}/$default/`;
}
