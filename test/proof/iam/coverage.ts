import { Case, guarded } from './case';
import { boundaryOf, listOf, Policy, Statement } from './policies';
import { PolicyEvaluator } from './simulator';

/** A changed statement that at least one case must notice. */
interface Mutant {
  readonly policy: Policy;
  readonly description: string;
  readonly statement: Statement;
  /** The changed statement. Undefined if it is removed. */
  readonly changed?: Statement;
  /** Whether the change removes a permission. Then a request that was allowed must be denied. */
  readonly isNarrower: boolean;
}

/** Permissions without a case, with the reasons. */
const UNPROVED: Record<string, string> = {
  'dynamodb:ListStreams': 'the simulator does not accept a stream as its resource, but a policy in the DynamoDB developer guide has one',
  'sqs:GetQueueUrl': 'the CDK grants it for each queue, but nothing needs it',
  'sqs:ChangeMessageVisibility': 'the CDK grants it for each queue, but nothing needs it',
};

/** Permissions without a case if the role only sends messages. */
const UNPROVED_OF_SENDERS = ['sqs:GetQueueAttributes'];

/**
 * Returns the parts of policies that no case proves: actions, resources and conditions of allow statements, and deny statements. A part is
 * proved if a case fails without it.
 */
export async function unproved(evaluator: PolicyEvaluator, policies: Policy[], cases: Case[]): Promise<string[]> {
  const found: string[] = [];
  for (const mutant of policies.flatMap((policy) => policy.statements.flatMap((statement) => mutantsOf(policy, statement)))) {
    if (!await isNoticed(evaluator, policies, mutant, cases)) found.push(`${mutant.policy.logicalId}: ${mutant.description}`);
  }
  return found;
}

function mutantsOf(policy: Policy, statement: Statement): Mutant[] {
  const mutant = (description: string, isNarrower: boolean, changed?: Statement): Mutant =>
    ({ policy, statement, description, isNarrower, changed });
  if (statement.Effect === 'Deny') return [mutant(`deny statement for ${statement.Action}`, false)];
  const actions = listOf(statement.Action);
  const resources = listOf(statement.Resource ?? []);
  const conditions = Object.entries(statement.Condition ?? {})
    .flatMap(([operator, keys]) => Object.keys(keys).map((key) => [operator, key]));
  return [
    ...actions.filter((action) => !isUnproved(action, actions)).map((action) =>
      mutant(`permission for ${action} on ${resources}`, true, without(statement, 'Action', actions, action))),
    ...(resources.length > 1 ? resources.map((resource) => mutant(`permission for ${actions} on ${resource}`, true, without(statement, 'Resource', resources, resource))) : []),
    ...conditions.map(([operator, key]) => mutant(`condition ${operator} on ${key} of ${actions}`, false, {
      ...statement, Condition: { ...statement.Condition, [operator]: withoutKey(statement.Condition![operator], key) },
    })),
  ];
}

function isUnproved(action: string, actions: string[]): boolean {
  return action in UNPROVED || (UNPROVED_OF_SENDERS.includes(action) && actions.includes('sqs:SendMessage'));
}

function without(statement: Statement, part: 'Action' | 'Resource', values: string[], value: string): Statement | undefined {
  const rest = values.filter((other) => other !== value);
  return rest.length > 0 ? { ...statement, [part]: rest } : undefined;
}

function withoutKey<T>(values: Record<string, T>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== key));
}

async function isNoticed(evaluator: PolicyEvaluator, policies: Policy[], mutant: Mutant, cases: Case[]): Promise<boolean> {
  const { policy, statement, changed, isNarrower } = mutant;
  // A role can have the same statement twice, for two processors with the same function.
  const isSame = (other: Statement) => JSON.stringify(other) === JSON.stringify(statement);
  const mutated = policies.map((other) => !other.attachedTo.some((name) => policy.attachedTo.includes(name)) ? other : {
    ...other, statements: other.statements.flatMap((each) => isSame(each) ? changed ?? [] : [each]),
  });
  const actions = listOf(statement.Action);
  for (const request of cases) {
    if (request.allowed !== isNarrower) continue;
    if (![request.principal, boundaryOf(request.principal), guarded(request)].some((name) => policy.attachedTo.includes(name))) continue;
    if (!actions.some((action) => action === request.action || action.endsWith('*'))) continue;
    if (await evaluator.allows(request, mutated) !== request.allowed) return true;
  }
  return false;
}
