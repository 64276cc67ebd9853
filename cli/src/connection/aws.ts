import { AwsCredentialIdentityProvider } from '@smithy/types';
import { CommandError, UsageError } from '../errors';

/** Where AWS is, and who calls it. */
export interface Aws {
  readonly credentials: AwsCredentialIdentityProvider;
  /** For people: `AWS credentials of the profile ops`. */
  readonly identity: string;
  /** Throws a `UsageError` if none is configured. */
  readonly region: () => Promise<string>;
  /** Returns the configuration of SDK clients. */
  readonly config: () => Promise<AwsConfig>;
}

export interface AwsConfig {
  readonly credentials: AwsCredentialIdentityProvider;
  readonly region: string;
}

/** Finds credentials and region as the AWS CLI does. */
export function aws(options: { readonly profile?: string; readonly region?: string }): Aws {
  const profile = options.profile ?? process.env.AWS_PROFILE;
  let provider: Promise<AwsCredentialIdentityProvider> | undefined;
  const credentials: AwsCredentialIdentityProvider = async (properties) => {
    try {
      provider ??= import('@aws-sdk/credential-provider-node').then(({ defaultProvider }) => defaultProvider({ profile: options.profile }));
      return await (await provider)(properties);
    } catch (error) {
      throw new CommandError(`there are no usable AWS credentials: ${(error as Error).message}`);
    }
  };
  return {
    credentials,
    identity: `AWS credentials of ${profile ? `the profile ${profile}` : 'the environment'}`,
    region: () => regionOf(options),
    config: async () => ({ credentials, region: await regionOf(options) }),
  };
}

async function regionOf({ profile, region }: { readonly profile?: string; readonly region?: string }): Promise<string> {
  const known = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (known) return known;
  const { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } = await import('@smithy/core/config');
  try {
    return await loadConfig(NODE_REGION_CONFIG_OPTIONS, { ...NODE_REGION_CONFIG_FILE_OPTIONS, profile })();
  } catch {
    throw new UsageError('the AWS region is not known: pass --region, set AWS_REGION, or set it in the profile');
  }
}
