import { createHash } from 'node:crypto';
import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, DependencyGroup, IDependable } from 'constructs';
import { Permission } from './permission';
import { applyRoleQuotas } from './role-quotas';
import { SharedDocument } from './shared-document';
import { rootStackOf } from '../event-source';

/**
 * Maximum size of the policy inside the role. All such policies of a role together can have 10,240 characters, and most of them belong to
 * the function's own code.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_INLINE_POLICY = 2048;

/** Maximum size of a managed policy. */
const MAX_MANAGED_POLICY = 6144;

/**
 * Maximum number of managed policies of a role, without two of the user. IAM allows 10 by default, and 20 on request. A role that needs an
 * increase gets a warning (`role-quotas.ts`).
 */
const MAX_MANAGED_POLICIES = 18;

/**
 * The permissions that the processors of a stack give to a role.
 *
 * They share few policies: one for each processor would soon be too many for the quotas of IAM. They are in one policy inside the role as
 * long as they fit into it, and then in managed policies.
 *
 * CloudFormation changes one policy after the other, and no permission may be missing in between. So a permission does not move because
 * processors are added or removed before it: its hash chooses the policy. It can only move to a policy that is new, which is created
 * before the others change, or from one that is gone, which is deleted after they have changed.
 */
export class RolePermissions implements iam.IGrantable {
  /**
   * Returns the permissions of a role.
   *
   * @param scope where to put the policy inside the role, if it is the first with this role in its stack
   */
  public static of(scope: Construct, role: iam.IRole): RolePermissions {
    const stack = Stack.of(scope);
    const byStack = permissionsByRole.get(role) ?? new Map<Stack, RolePermissions>();
    permissionsByRole.set(role, byStack);
    // In the processor's stack, because the role's stack must not depend on it.
    const permissions = byStack.get(stack) ?? new RolePermissions(scope, stack, role);
    byStack.set(stack, permissions);
    return permissions;
  }

  private readonly inlinePolicy?: iam.Policy;
  private readonly isAttached: boolean = false;
  private readonly permissions: PlacedPermission[] = [];
  private readonly managedPolicies: iam.ManagedPolicy[] = [];
  private readonly policies = new DependencyGroup();
  private readonly listed = new Set<string>();

  private constructor(scope: Construct, private readonly stack: Stack, private readonly role: iam.IRole) {
    if (isPrecreated(role)) return;
    const policy = new InlinePolicy(scope, 'Policy', {
      policyName: isOf(stack, role) ? undefined : uniqueName(scope),
      document: new SharedDocument(() => this.managedPolicies.length === 0 ? statementsOf(this.permissions) : []),
    });
    // Not `roles: [role]`, which gives the permissions even if the role must not be changed.
    role.attachInlinePolicy(policy);
    const { roles } = policy.node.defaultChild as iam.CfnPolicy;
    this.isAttached = (stack.resolve(roles) ?? []).length > 0;
    this.inlinePolicy = policy;
    // Functions depend on what their role contains.
    if (scope !== role) this.policies.add(policy);
    if (this.isAttached) applyRoleQuotas(policy, role);
  }

  /** Adds statements that stay inside the role. */
  public get grantPrincipal(): iam.IPrincipal {
    return this.inlinePolicy?.grantPrincipal ?? this.role;
  }

  /**
   * Gives permissions to the role. Returns what must exist before they are effective. If CDK must not change the role, a warning says which
   * statements it needs.
   *
   * Throws if the role would have too many policies.
   */
  public allow(processor: Construct, ...permissions: Permission[]): IDependable {
    if (this.isAttached) {
      for (const permission of permissions) this.add(permission);
    } else if (isPrecreated(this.role)) {
      // CDK writes a report of what such a role needs, and reads each statement once.
      for (const permission of permissions) this.list(permission);
    } else {
      const statements = this.stack.resolve(permissions.map(({ item, statement }) => statement([item]).toStatementJson()));
      Annotations.of(processor).addWarningV2('cdk-task-manager:immutableRole',
        `the role of the processor, ${this.role.node.path}, must have these permissions, because CDK must not change it: `
        + JSON.stringify(statements));
    }
    return this.policies;
  }

  /** Has CDK list a permission among those that the role needs, once. */
  private list({ statementId, item, statement }: Permission): void {
    const key = JSON.stringify([statementId, item]);
    if (!this.listed.has(key)) this.role.addToPrincipalPolicy(statement([item]));
    this.listed.add(key);
  }

  private add(permission: Permission): void {
    const { statementId, item } = permission;
    if (this.permissions.some((other) => other.statementId === statementId && other.item === item)) return;
    this.permissions.push({ ...permission, ranks: ranksOf(this.stack.resolve([statementId, item])) });
    while (!this.fit()) this.addManagedPolicy();
  }

  private fit(): boolean {
    const count = this.managedPolicies.length;
    if (count === 0) return longestSize(this.permissions) <= MAX_INLINE_POLICY;
    return this.managedPolicies.every((_, index) => {
      const permissions = this.permissionsOf(index);
      return permissions.length > 0 && longestSize(permissions) <= MAX_MANAGED_POLICY;
    });
  }

  /** Returns the permissions of a managed policy. */
  private permissionsOf(index: number): PlacedPermission[] {
    return this.permissions.filter(({ ranks }) => placeAmong(ranks.slice(0, this.managedPolicies.length)) === index);
  }

  private addManagedPolicy(): void {
    const index = this.managedPolicies.length;
    if (index === MAX_MANAGED_POLICIES) {
      throw new Error(`the role of a processor, ${this.role.node.path}, must not have more than ${MAX_MANAGED_POLICIES} managed policies `
        + 'of task processors, because IAM allows at most 20 for a role: use a function with another role for some of them');
    }
    // The policy inside the role is part 1.
    const part = index + 2;
    const policy = new iam.ManagedPolicy(this.stack, `TaskPermissions${this.role.node.addr.slice(-8)}Part${part}`, {
      description: `Permissions of task processors for the role ${this.role.node.id}, part ${part}`,
      document: new SharedDocument(() => statementsOf(this.permissionsOf(index))),
      roles: [this.role],
    });
    // Permissions move from the policies before to a new one. It must exist before they change.
    (this.managedPolicies.at(-1) ?? this.inlinePolicy)?.node.addDependency(policy);
    this.managedPolicies.push(policy);
    this.policies.add(policy);
  }
}

const permissionsByRole = new WeakMap<iam.IRole, Map<Stack, RolePermissions>>();

/** A policy that is left out if it has no statements. */
class InlinePolicy extends iam.Policy {
  /** Unlike that of the base class, does not require statements once CDK has compared it with other names. */
  public override get policyName(): string {
    return this.physicalName;
  }
}

/** Whether a stack defines the role. */
function isOf(stack: Stack, role: iam.IRole): boolean {
  return role.node.defaultChild instanceof iam.CfnRole && Stack.of(role) === stack;
}

/**
 * Returns a name for a policy inside a role that policies of other stacks, other apps and other regions do not have. A policy replaces
 * another one of the same name without an error, and by default, the name depends only on the path of the policy in its stack.
 */
function uniqueName(scope: Construct): string {
  const { region } = Stack.of(scope);
  const { stackName } = rootStackOf(scope);
  const hash = createHash('sha256').update(`${stackName}/${scope.node.path}`).digest('hex').slice(0, 8);
  return `TaskPermissions-${stackName.slice(0, 64)}-${hash}-${region}`;
}

/** A permission, and its rank in each managed policy. The policy in which it ranks highest has it. */
interface PlacedPermission extends Permission {
  readonly ranks: string[];
}

/** @see https://en.wikipedia.org/wiki/Rendezvous_hashing */
function ranksOf(permission: unknown): string[] {
  const key = JSON.stringify(permission);
  return Array.from({ length: MAX_MANAGED_POLICIES }, (_, index) => createHash('sha256').update(`${index}${key}`).digest('hex'));
}

function placeAmong(ranks: string[]): number {
  return ranks.reduce((highest, rank, index) => rank > ranks[highest] ? index : highest, 0);
}

function statementsOf(permissions: Permission[]): iam.PolicyStatement[] {
  return grouped(permissions).map(([{ statement }, items]) => statement(items));
}

/** Returns the size of a policy with names as long as they can become, counted as IAM does: without white space. */
function longestSize(permissions: Permission[]): number {
  const statements = grouped(permissions).map(([{ longest }, items]) => longest(items));
  return JSON.stringify({ Statement: statements, Version: '2012-10-17' }).length;
}

/** Returns the first permission of each statement, and the items of all. */
function grouped(permissions: Permission[]): [first: Permission, items: string[]][] {
  const groups = new Map<string, [Permission, string[]]>();
  for (const permission of permissions) {
    const group = groups.get(permission.statementId) ?? [permission, []];
    groups.set(permission.statementId, group);
    group[1].push(permission.item);
  }
  return [...groups.values()];
}

/** Whether the role is not created, and CDK reports what it needs, because the app uses `Role.customizeRoles()`. */
function isPrecreated(role: iam.IRole): boolean {
  return role instanceof iam.Role && role.node.tryFindChild(`PrecreatedRole${role.node.id}`) !== undefined;
}
