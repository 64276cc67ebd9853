import { Engine } from './engine';
import { EngineError } from './engine-error';

/**
 * Returns the local URL of a REST API, from its URL on AWS.
 *
 * @throws EngineError if the URL is not that of a REST API
 */
export function localUrl(engine: Pick<Engine, 'url'>, awsUrl: string): string {
  const [, apiId, stage, path = '/'] = /^https:\/\/([a-z0-9]+)\.execute-api\.[^/]+\/([^/]+)(\/.*)?$/.exec(awsUrl) ?? [];
  if (!apiId) {
    throw new EngineError(`the URL of a REST API must look like https://<id>.execute-api.<region>.amazonaws.com/<stage>/, got '${awsUrl}'`);
  }
  return `${engine.url}/restapis/${apiId}/${stage}/_user_request_${path}`;
}
