/**
 * In the place of the SDK's search for credentials: Lambda leaves them in the environment, and the rest of the search is a quarter of
 * the code. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
