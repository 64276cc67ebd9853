import { Aws, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';

/** Returns the host of a service, by which KMS knows it. It has another suffix in China. */
export function serviceHost(service: string, region: string): string {
  const { domainSuffix = Aws.URL_SUFFIX } = Token.isUnresolved(region) ? {} : RegionInfo.get(region);
  return `${service}.${region}.${domainSuffix}`;
}
