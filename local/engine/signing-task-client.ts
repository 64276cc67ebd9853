import { AwsClient } from 'aws4fetch';
import { Engine } from './engine';
import { TaskClient } from '../../client/src';

/** Creates a client that signs its requests, for an API with IAM authorization. */
export function signingTaskClient({ credentials, region }: Pick<Engine, 'credentials' | 'region'>, url: string): TaskClient {
  const aws = new AwsClient({ ...credentials, region, service: 'execute-api', retries: 0 });
  return new TaskClient({ url, fetch: (address, init) => aws.fetch(address, init) });
}
