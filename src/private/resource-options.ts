import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { TaskResourceOptions } from '../task-resource-options';
import { validateSameEnvironment } from './validation/same-environment';

/**
 * Returns the options that the functions, queues and log groups of a TaskManager share, with a security group if they have none.
 *
 * Throws if an option is invalid.
 */
export function resolveResourceOptions(scope: Construct, options: TaskResourceOptions): TaskResourceOptions {
  validate(scope, options);
  const { encryptionKey, vpc, vpcSubnets, securityGroups, tracing } = options;
  return {
    encryptionKey: encryptionKey && targetOf(encryptionKey),
    vpc,
    vpcSubnets,
    securityGroups: securityGroups ?? (vpc && [httpsOnly(scope, vpc)]),
    tracing,
  };
}

/** Returns whether X-Ray traces the functions: all requests that it samples, or those that the caller does. */
export function isTraced({ tracing = lambda.Tracing.DISABLED }: TaskResourceOptions): boolean {
  return tracing !== lambda.Tracing.DISABLED;
}

/** Returns the name of an option that differs, or `undefined` if all are the same. */
export function differingOption(one: TaskResourceOptions, other: TaskResourceOptions): keyof TaskResourceOptions | undefined {
  const [before, after] = [one, other].map(identities);
  return (Object.keys(before) as (keyof TaskResourceOptions)[]).find((name) => before[name] !== after[name]);
}

/** Returns a text for each option, which is the same for two options that mean the same. */
function identities({ encryptionKey, vpc, vpcSubnets, securityGroups, tracing }: TaskResourceOptions) {
  return {
    encryptionKey: encryptionKey?.keyArn,
    vpc: vpc?.vpcId,
    vpcSubnets: vpc?.selectSubnets(vpcSubnets).subnetIds.join(),
    securityGroups: securityGroups?.map(({ securityGroupId }) => securityGroupId).join(),
    tracing: tracing as string | undefined,
  };
}

function validate(scope: Construct, { encryptionKey, vpc, vpcSubnets, securityGroups }: TaskResourceOptions): void {
  const stack = Stack.of(scope);
  if (encryptionKey) validateSameEnvironment('encryptionKey', encryptionKey.env, 'TaskManager', stack);
  if (vpc) validateSameEnvironment('vpc', vpc.env, 'TaskManager', stack);
  for (const [prop, value] of Object.entries({ vpcSubnets, securityGroups })) {
    if (value && !vpc) throw new Error(`${prop} must be with vpc, because functions have them only in a VPC: set vpc, or remove ${prop}`);
  }
  if (securityGroups?.length === 0) throw new Error('securityGroups must have at least one security group, got none');
}

/** Returns the key of an alias, because permissions on the ARN of an alias have no effect. */
function targetOf(key: kms.IKey): kms.IKey {
  const target = targetOfAlias(key) ?? key;
  if (!/:alias\//.test(target.keyArn)) return target;
  throw new Error(`encryptionKey must be a key, got the alias ${key.node.path}, whose key is not known: `
    + 'import the key by its ARN, or look it up');
}

function targetOfAlias(key: kms.IKey): kms.IKey | undefined {
  try {
    return (key as Partial<kms.IAlias>).aliasTargetKey;
  } catch {
    // CDK throws for an alias that is imported by its name.
    return undefined;
  }
}

/** Returns a security group with what the functions need: calls of AWS. */
function httpsOnly(scope: Construct, vpc: ec2.IVpc): ec2.SecurityGroup {
  const securityGroup = new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc, description: 'Functions of a TaskManager and of its processors', allowAllOutbound: false,
  });
  securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'AWS');
  return securityGroup;
}
