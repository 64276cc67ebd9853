/**
 * Replaces the SDK's search for credentials. Lambda provides them in environment variables, and the rest of the search is a quarter of the
 * bundle.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
