import { AwsCredentialIdentityProvider } from '@smithy/types';
import { CommandError, UsageError } from '../errors';

/** Where AWS is, and who calls it. A configuration of SDK clients. */
export interface Aws {
  readonly credentials: AwsCredentialIdentityProvider;
  /** Throws a `UsageError` if none is configured. */
  readonly region: () => Promise<string>;
}

interface AwsOptions {
  readonly profile?: string;
  readonly region?: string;
}

/** Returns for people whose credentials they are. */
export function identityOf({ profile = process.env.AWS_PROFILE }: AwsOptions): string {
  return `AWS credentials of ${profile ? `the profile ${profile}` : 'the environment'}`;
}

/** Finds credentials and region as the AWS CLI does. */
export function aws(options: AwsOptions): Aws {
  let provider: Promise<AwsCredentialIdentityProvider> | undefined;
  return {
    credentials: async (properties) => {
      try {
        provider ??= import('@aws-sdk/credential-provider-node')
          .then(({ defaultProvider }) => defaultProvider({ profile: options.profile }));
        return await (await provider)(properties);
      } catch (error) {
        const place = options.profile ? ` in the profile ${options.profile}` : '';
        throw new CommandError(`there are no usable AWS credentials${place}: ${(error as Error).message}`);
      }
    },
    region: () => regionOf(options),
  };
}

async function regionOf({ profile, region }: AwsOptions): Promise<string> {
  const known = region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  if (known) return known;
  const { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } = await import('@smithy/core/config');
  // The loader would take an empty variable for a region.
  const inProfile = { ...NODE_REGION_CONFIG_OPTIONS, environmentVariableSelector: () => undefined };
  try {
    return await loadConfig(inProfile, { ...NODE_REGION_CONFIG_FILE_OPTIONS, profile })();
  } catch {
    throw new UsageError('the AWS region is not known: pass --region, set AWS_REGION, or set it in the profile');
  }
}
