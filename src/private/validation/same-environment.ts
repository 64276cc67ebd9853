import { ResourceEnvironment, Stack, Stage, Token, TokenComparison } from 'aws-cdk-lib';

/**
 * Throws if something is in another account or region than what uses it. Tokens pass.
 *
 * @param what Its name in the message.
 * @param user The name of what uses it.
 */
export function validateSameEnvironment(what: string, env: Environment, user: string, userEnv: Environment): void {
  if (differ(env.account, userEnv.account) || differ(env.region, userEnv.region)) {
    throw new Error(`${what} must be in the account and region of the ${user}, ${describe(userEnv)}, got ${describe(env)}`);
  }
}

/**
 * Whether two stacks can be in the same account and region. If these are not known before deployment, the stacks of two stages are taken
 * to be in different ones.
 */
export function canShareEnvironment(one: Stack, other: Stack): boolean {
  if (differ(one.account, other.account) || differ(one.region, other.region)) return false;
  const areKnown = [one, other].every(({ account, region }) => !Token.isUnresolved(account) && !Token.isUnresolved(region));
  return areKnown || Stage.of(one) === Stage.of(other);
}

type Environment = Pick<ResourceEnvironment, 'account' | 'region'>;

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}

function describe({ account, region }: Environment): string {
  return [account, region].map((part) => Token.isUnresolved(part) ? '(Token)' : part).join('/');
}
