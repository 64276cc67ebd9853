import { AwsV4Signer } from 'aws4fetch';
import { Engine } from './engine';

/** Seconds for which a URL can be used to connect. */
const EXPIRES_SECONDS = 300;

/**
 * Returns the URL of a WebSocket API with IAM authorization, with a signature in its query that covers all its parameters. Browsers can use
 * it.
 */
export async function presignedUrl(url: string, credentials: Engine['credentials'], region: string): Promise<string> {
  const unsigned = `${url.replace(/^ws/, 'http')}${url.includes('?') ? '&' : '?'}X-Amz-Expires=${EXPIRES_SECONDS}`;
  const signer = new AwsV4Signer({ ...credentials, url: unsigned, region, service: 'execute-api', signQuery: true });
  return String((await signer.sign()).url).replace(/^http/, 'ws');
}
