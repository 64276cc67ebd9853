import {
  Annotations, DefaultTokenResolver, IPostProcessor, IResolvable, IResolveContext, Reference, Stack, Stage, StringConcat, Tokenization,
} from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import { ARN_SIZE_ESTIMATE, policySize } from './policy-size';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE_POLICIES = 10_240;
const MAX_MANAGED_POLICIES = 10;

/**
 * Makes synthesis fail if the policies inside a role are too large together, and warn if the role has more managed policies than it can
 * have by default. It counts the policies of the app. Those that an imported role has already are not known.
 *
 * @param policy the construct with the error or the warning
 */
export function applyRoleQuotas(policy: Construct, role: iam.IRole): void {
  const stage = Stage.of(policy)!;
  if (!policiesByStage.has(stage)) {
    policiesByStage.set(stage, new Map());
    // Once for all roles, because it looks at the whole app. CDK validates a construct before its children.
    stage.node.addValidation({ validate: () => { policiesByStage.set(stage, policiesByRole(stage)); return []; } });
  }
  // At synthesis, because the app, its aspects and other processors can add policies later.
  policy.node.addValidation({
    validate: () => errorsOf(policy, role, policiesByStage.get(stage)!.get(identitiesOf(role.roleName, policy)[0]) ?? NO_POLICIES),
  });
}

const policiesByStage = new WeakMap<Stage, Map<string, Policies>>();

function errorsOf(policy: Construct, role: iam.IRole, { inline, managed }: Policies): string[] {
  if (managed > MAX_MANAGED_POLICIES) {
    // Not an error, because the quota can be raised.
    Annotations.of(policy).addWarningV2('cdk-task-manager:manyManagedPolicies',
      `the role of a processor, ${role.node.path}, has ${managed} managed policies, more than ${MAX_MANAGED_POLICIES}, the default quota: `
      + 'request an increase, or use a function with another role for some of the processors');
  }
  if (inline <= MAX_INLINE_POLICIES) return [];
  return [`the policies inside the role of a processor, ${role.node.path}, must have at most ${MAX_INLINE_POLICIES} characters together, `
    + `got about ${inline}: give some of your permissions with a managed policy, or use a function with another role for some of the `
    + `processors. If your ARNs are shorter than estimated, set the context key ${ARN_SIZE_ESTIMATE}`];
}

interface Policies {
  /** The size of all policies inside the role. */
  readonly inline: number;
  /** The number of managed policies. */
  readonly managed: number;
}

const NO_POLICIES: Policies = { inline: 0, managed: 0 };

/** Returns the policies of a stage, or of an app without its stages, by the identity of their role. */
function policiesByRole(stage: Stage): Map<string, Policies> {
  const policies = new Map<string, Policies>();
  const add = (scope: IConstruct, roleNames: unknown, { inline, managed }: Partial<Policies>) => {
    for (const identity of identitiesOf(roleNames, scope)) {
      const before = policies.get(identity) ?? NO_POLICIES;
      policies.set(identity, { inline: before.inline + (inline ?? 0), managed: before.managed + (managed ?? 0) });
    }
  };
  for (const construct of stage.node.findAll().filter((child) => Stage.of(child) === stage)) {
    if (construct instanceof iam.CfnRole) {
      const inside: iam.CfnRole.PolicyProperty[] = Stack.of(construct).resolve(construct.policies) ?? [];
      const managed: string[] = Stack.of(construct).resolve(construct.managedPolicyArns) ?? [];
      add(construct, construct.ref, { managed: managed.length });
      for (const { policyDocument } of inside) add(construct, construct.ref, { inline: policySize(policyDocument, construct) });
    } else if (construct instanceof iam.CfnPolicy) {
      add(construct, construct.roles, { inline: policySize(construct.policyDocument, construct) });
    } else if (construct instanceof iam.CfnRolePolicy) {
      add(construct, construct.roleName, { inline: policySize(construct.policyDocument, construct) });
    } else if (construct instanceof iam.CfnManagedPolicy) {
      add(construct, construct.roles, { managed: 1 });
    }
  }
  return policies;
}

/** Returns a text for each role, which is the same for all names of the role in the app. */
function identitiesOf(roleNames: unknown, scope: IConstruct): string[] {
  const names: unknown = Tokenization.resolve(roleNames, { scope, resolver: new TargetResolver(new StringConcat()), preparing: false });
  // Roles of several accounts can have the same name.
  return [names ?? []].flat().map((name) => isTarget(name) ? name : JSON.stringify([name, Stack.of(scope).account]));
}

/** Resolves a reference to the address of its resource. In the template of another stack, the reference looks different. */
class TargetResolver extends DefaultTokenResolver {
  public override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    return Reference.isReference(token) ? `${TARGET}${token.target.node.addr}` : super.resolveToken(token, context, postProcessor);
  }
}

/** Names of roles contain no colon. */
const TARGET = 'target:';

function isTarget(name: unknown): name is string {
  return typeof name === 'string' && name.startsWith(TARGET);
}
