import { fromEnv } from '@aws-sdk/credential-provider-env';
import { SignatureV4 } from '@smithy/signature-v4';
import { environmentVariable, optionalEnvironmentVariable } from './configuration';
import { Sha256 } from './sha256';

/** Returns the URL of the result bucket; undefined if the TaskManager has none. */
export function resultBucketUrl(): URL | undefined {
  const name = optionalEnvironmentVariable('RESULT_BUCKET_NAME');
  if (name === undefined) return undefined;
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL;
  return bucketUrl(name, environmentVariable('RESULT_BUCKET_DOMAIN_NAME'), endpoint);
}

/**
 * Returns the URL of a bucket. A certificate does not cover names with dots, so the name of such a bucket is in the path.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function bucketUrl(name: string, domainName: string, endpoint: string | undefined): URL {
  if (endpoint !== undefined) return new URL(name, endpoint.replace(/\/*$/, '/'));
  return new URL(name.includes('.') ? `https://${domainName.slice(name.length + 1)}/${name}` : `https://${domainName}`);
}

/** Returns what a signed request for an object needs to know of its URL. */
export function objectRequest({ protocol, hostname, port, host, pathname }: URL, key: string) {
  return {
    protocol,
    hostname,
    ...(port && { port: Number(port) }),
    path: `${pathname.replace(/\/$/, '')}/${key}`,
    headers: { host },
  };
}

/** Returns what signs requests for objects with the credentials of the function. */
export function objectSigner(region: string): SignatureV4 {
  return new SignatureV4({ service: 's3', region, credentials: fromEnv(), sha256: Sha256, uriEscapePath: false });
}
