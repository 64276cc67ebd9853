import { Engine } from './engine';
import { EngineError } from './engine-error';

/**
 * Gives the engine's own address of a REST API, from the one it would have on AWS.
 *
 * @throws EngineError if it is the address of something else
 */
export function localUrl(engine: Pick<Engine, 'url'>, awsUrl: string): string {
  const [, apiId, stage, path = '/'] = /^https:\/\/([a-z0-9]+)\.execute-api\.[^/]+\/([^/]+)(\/.*)?$/.exec(awsUrl) ?? [];
  if (!apiId) {
    throw new EngineError(`the address of a REST API must look like https://<id>.execute-api.<region>.amazonaws.com/<stage>/, got '${awsUrl}'`);
  }
  return `${engine.url}/restapis/${apiId}/${stage}/_user_request_${path}`;
}
