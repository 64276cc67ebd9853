import { AwsClient } from 'aws4fetch';
import { Engine } from './engine';
import { TaskClient } from '../../client/src';

/** Makes a client of an API that asks for IAM authorization, here as on AWS: it signs its requests. */
export function signingClient({ credentials, region }: Pick<Engine, 'credentials' | 'region'>, url: string): TaskClient {
  const aws = new AwsClient({ ...credentials, region, service: 'execute-api', retries: 0 });
  return new TaskClient({ url, fetch: (address, init) => aws.fetch(address, init) });
}
