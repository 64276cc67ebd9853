import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';
import { Permission } from './permission';

/**
 * Maximum size of the policy inside the role. All such policies of a role together can have 10,240 characters, and most of them belong to
 * the function's own code.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_INLINE_POLICY = 2048;

/** Maximum size of a managed policy. */
const MAX_MANAGED_POLICY = 6144;

/** Maximum number of managed policies of a role, without those of the user. */
const MAX_MANAGED_POLICIES = 8;

/**
 * The permissions that the processors of a stack give to a role.
 *
 * They share few policies: one for each processor would soon be too many for the quotas of IAM. The first policy is inside the role, and
 * managed policies follow.
 */
export class RolePermissions {
  /**
   * Returns the permissions of a role.
   *
   * @param ownPolicy adds a statement to a policy that the role has anyway. By default, the first policy is a part of the processor.
   */
  public static of(processor: Construct, role: iam.IRole, ownPolicy?: (statement: iam.PolicyStatement) => void): RolePermissions {
    const stack = Stack.of(processor);
    const byStack = permissionsByRole.get(role) ?? new Map<Stack, RolePermissions>();
    permissionsByRole.set(role, byStack);
    // In the processor's stack, because the role's stack must not depend on it.
    const permissions = byStack.get(stack) ?? new RolePermissions(stack, role, ownPolicy);
    byStack.set(stack, permissions);
    return permissions;
  }

  private readonly policies: SharedPolicy[] = [];

  private constructor(
    private readonly stack: Stack, private readonly role: iam.IRole, private readonly ownPolicy?: (statement: iam.PolicyStatement) => void,
  ) {}

  /**
   * Gives permissions to the role. Returns, for each permission, what must exist before it is effective. If CDK must not change the role, a
   * warning says which statements it needs.
   *
   * Throws if the role would have too many policies.
   */
  public allow(processor: Construct, ...permissions: Permission[]): IDependable[][] {
    // CDK writes a report of what such a role needs, and reads each statement once.
    if (isPrecreated(this.role)) {
      for (const { item, statement } of permissions) this.role.addToPrincipalPolicy(statement([item]));
      return permissions.map(() => []);
    }
    const [first = this.openFirst(processor)] = this.policies;
    if (first.isAttached) return permissions.map((permission) => [this.policyWith(permission).dependable ?? []].flat());

    const statements = this.stack.resolve(permissions.map(({ item, statement }) => statement([item]).toStatementJson()));
    Annotations.of(processor).addWarningV2('cdk-task-manager:immutableRole',
      `the role of the handler, ${this.role.node.path}, must have these permissions, because CDK must not change it: `
      + JSON.stringify(statements));
    return permissions.map(() => []);
  }

  private policyWith(permission: Permission): SharedPolicy {
    const existing = this.policies.find((policy) => policy.has(permission));
    if (existing) return existing;
    const last = this.policies.at(-1)!;
    const policy = last.fits(permission) ? last : this.openNext(last);
    policy.add(permission);
    return policy;
  }

  private openFirst(processor: Construct): SharedPolicy {
    const policy = this.ownPolicy ? new SharedPolicy(MAX_INLINE_POLICY, this.ownPolicy) : this.attach(new iam.Policy(processor, 'Policy'));
    this.policies.push(policy);
    return policy;
  }

  private attach(policy: iam.Policy): SharedPolicy {
    // Not `roles: [role]`, which gives the permissions even if the role must not be changed.
    this.role.attachInlinePolicy(policy);
    const { roles } = policy.node.defaultChild as iam.CfnPolicy;
    const isAttached = (this.stack.resolve(roles) ?? []).length > 0;
    return new SharedPolicy(MAX_INLINE_POLICY, (statement) => policy.addStatements(statement), policy, isAttached);
  }

  private openNext(last: SharedPolicy): SharedPolicy {
    const count = this.policies.length;
    if (count > MAX_MANAGED_POLICIES) {
      throw new Error(`the role of a handler, ${this.role.node.path}, must not have more than ${MAX_MANAGED_POLICIES} managed policies `
        + 'of task processors, because IAM allows 10 for a role: use a function with another role for some of them');
    }
    const policy = new iam.ManagedPolicy(this.stack, `TaskPermissions${this.role.node.addr.slice(-8)}Part${count + 1}`, {
      description: `Permissions of task processors for the role ${this.role.node.id}, part ${count + 1}`,
      roles: [this.role],
    });
    // If a processor is removed, permissions move to the policy before. It must be updated first, so that none is missing in between.
    if (last.dependable) policy.node.addDependency(last.dependable);
    const next = new SharedPolicy(MAX_MANAGED_POLICY, (statement) => policy.addStatements(statement), policy);
    this.policies.push(next);
    return next;
  }
}

const permissionsByRole = new WeakMap<iam.IRole, Map<Stack, RolePermissions>>();

/** A policy with the permissions of several processors, up to a size. */
class SharedPolicy {
  private readonly parts = new Map<string, { permission: Permission; items: string[]; statement: iam.PolicyStatement }>();

  constructor(
    private readonly max: number,
    private readonly addStatement: (statement: iam.PolicyStatement) => void,
    public readonly dependable?: IDependable,
    public readonly isAttached = true,
  ) {}

  public has({ statementId, item }: Permission): boolean {
    return this.parts.get(statementId)?.items.includes(item) ?? false;
  }

  /** Whether the policy with the permission has at most its maximum size, counted as IAM does: without white space. */
  public fits(permission: Permission): boolean {
    const parts = [...this.parts].filter(([id]) => id !== permission.statementId).map(([, part]) => part.permission.longest(part.items));
    const statements = [...parts, permission.longest([...this.parts.get(permission.statementId)?.items ?? [], permission.item])];
    return JSON.stringify({ Statement: statements, Version: '2012-10-17' }).length <= this.max;
  }

  public add(permission: Permission): void {
    const { statementId, item } = permission;
    const part = this.parts.get(statementId);
    if (!part) {
      const statement = permission.statement([item]);
      this.parts.set(statementId, { permission, items: [item], statement });
      this.addStatement(statement);
      return;
    }
    part.items.push(item);
    permission.extend(part.statement, [...part.items]);
  }
}

/** Whether the role is not created, and CDK reports what it needs, because the app uses `Role.customizeRoles()`. */
function isPrecreated(role: iam.IRole): boolean {
  return role instanceof iam.Role && role.node.tryFindChild(`PrecreatedRole${role.node.id}`) !== undefined;
}
