import { partition } from '@aws-sdk/core/client';

/**
 * Returns the URL of DynamoDB in a region. It depends on environment variables that all AWS SDKs have. Throws if they contradict one
 * another, or ask for an endpoint that the region does not have.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/ddb.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 */
export function dynamoDbEndpoint(region: string, environment: NodeJS.ProcessEnv): URL {
  // As in the SDK, any other value counts as absent.
  const isOn = (name: string) => environment[name] === 'true';
  const [isFips, isDualStack] = [isOn('AWS_USE_FIPS_ENDPOINT'), isOn('AWS_USE_DUALSTACK_ENDPOINT')];
  const custom = isOn('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')
    ? undefined
    : environment.AWS_ENDPOINT_URL_DYNAMODB || environment.AWS_ENDPOINT_URL;
  if (custom) {
    if (isFips || isDualStack) throw new Error(`AWS_USE_${isFips ? 'FIPS' : 'DUALSTACK'}_ENDPOINT does not go with a custom endpoint`);
    return new URL(custom.replace(/\/*$/, '/'));
  }
  const { name, dnsSuffix, dualStackDnsSuffix, supportsFIPS, supportsDualStack } = partition(region);
  if (isFips && !supportsFIPS) throw new Error(`region ${region} has no FIPS endpoints: unset AWS_USE_FIPS_ENDPOINT`);
  if (isDualStack && !supportsDualStack) throw new Error(`region ${region} has no dual-stack endpoints: unset AWS_USE_DUALSTACK_ENDPOINT`);
  // In GovCloud, the usual endpoints are FIPS endpoints.
  const host = isFips && (name !== 'aws-us-gov' || isDualStack) ? 'dynamodb-fips' : 'dynamodb';
  return new URL(`https://${host}.${region}.${isDualStack ? dualStackDnsSuffix : dnsSuffix}/`);
}
