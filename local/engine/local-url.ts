import { Engine } from './engine';
import { EngineError } from './engine-error';
import { emulatorUrl } from '../../cli/src/connection/emulator-url';

/**
 * Returns the local URL of an API, from its URL on AWS.
 *
 * @throws EngineError if the URL is not that of an API
 */
export function localUrl(engine: Pick<Engine, 'url'>, awsUrl: string): string {
  const url = emulatorUrl(engine.url, awsUrl);
  if (!url) {
    throw new EngineError('the URL of an API must look like https://<id>.execute-api.<region>.amazonaws.com/<stage>/ or, if it is an HTTP API, ' +
      'https://<id>.execute-api.<region>.amazonaws.com/ or, if it is a WebSocket API, wss://<id>.execute-api.<region>.amazonaws.com/<stage>, ' +
      `got '${awsUrl}'`);
  }
  return url;
}
