import { AwsClient } from 'aws4fetch';
import { Engine } from './engine';
import { Fetch, TaskClient } from '../../client/src';

type Signer = Pick<Engine, 'credentials' | 'region'>;

/** Creates a client that signs its requests, for an API with IAM authorization. */
export function signingTaskClient(signer: Signer, url: string): TaskClient {
  return new TaskClient({ url, fetch: signingFetch(signer) });
}

/** Returns a `fetch` for clients that signs their requests. */
export function signingFetch({ credentials, region }: Signer): Fetch {
  const aws = new AwsClient({ ...credentials, region, service: 'execute-api', retries: 0 });
  return (address, init) => aws.fetch(address, init);
}
