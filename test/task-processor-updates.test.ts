/** Deployments that add or remove processors of a function: the others keep their permissions while CloudFormation changes resources. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TaskManager, TaskProcessor } from '../src';
import { aFunction } from './support/constructs';
import { Random } from './support/random';

const LONG_STACK = 'S'.padEnd(128, 'x');
const longTypes = (count: number) => Array.from({ length: count }, (_, i) => `type-${i}-`.padEnd(64, 'x'));

function templateOf(taskTypes: string[]): Template {
  const stack = new Stack(new App(), LONG_STACK);
  const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
    eventSource: `task-manager.${LONG_STACK}.${'Tasks'.padEnd(28, 'x')}-1a2b3c4d`,
    undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
  });
  const handler = aFunction(stack);
  for (const taskType of taskTypes) new TaskProcessor(stack, taskType, { taskManager, taskType, handler });
  return Template.fromStack(stack);
}

/** Returns the permissions that a template gives, each with the resources that give it. */
function permissionsOf(template: Template): Map<string, Set<string>> {
  const permissions = new Map<string, Set<string>>();
  const add = (permission: string, id: string) => permissions.set(permission, new Set([...permissions.get(permission) ?? [], id]));
  const resources = Object.entries<any>(template.toJSON().Resources);
  for (const [id, { Type, Properties }] of resources) {
    if (/^AWS::IAM::(Managed)?Policy$/.test(Type)) {
      for (const { Action, Resource, Condition } of Properties.PolicyDocument.Statement) {
        const sources = [Condition?.['ForAllValues:StringEquals']['events:source'] ?? []].flat();
        for (const detail of sources.length > 0 ? sources : [JSON.stringify(Resource)]) add(`${Properties.Roles[0].Ref}: ${Action} ${detail}`, id);
      }
    } else if (Type === 'AWS::Lambda::Permission') {
      const rule = Properties.SourceArn['Fn::GetAtt']?.[0];
      const rules = resources.filter(([ruleId, resource]) => resource.Type === 'AWS::Events::Rule' && [undefined, ruleId].includes(rule));
      for (const [ruleId] of rules) add(`${ruleId}: ${Properties.Action}`, id);
    }
  }
  return permissions;
}

/** Returns the resources that CloudFormation creates or updates before a resource. */
function resourcesBefore(template: Template, id: string, found = new Set<string>()): Set<string> {
  const { Resources } = template.toJSON();
  const references = [...JSON.stringify(Resources[id]).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(([, reference]) => reference);
  for (const other of [...references, ...[Resources[id].DependsOn ?? []].flat()]) {
    if (!Resources[other] || found.has(other)) continue;
    found.add(other);
    resourcesBefore(template, other, found);
  }
  return found;
}

/**
 * Returns the permissions of both templates that can be missing while CloudFormation changes one into the other. It deletes resources after
 * all other changes.
 */
function missingInBetween(before: Template, after: Template): string[] {
  const later = permissionsOf(after);
  return [...permissionsOf(before)].filter(([permission, holders]) => {
    const newHolders = later.get(permission);
    if (!newHolders || [...holders].some((id) => newHolders.has(id))) return false;
    const losing = [...holders].filter((id) => after.toJSON().Resources[id]);
    return losing.some((id) => {
      const ready = resourcesBefore(after, id);
      return ![...newHolders].some((holder) => ready.has(holder));
    });
  }).map(([permission]) => permission);
}

const ALL = longTypes(60);

test.each<[string, string[], string[]]>([
  ['the first processor', ALL, ALL.slice(1)],
  ['a processor in the middle', ALL, ALL.filter((_, i) => i !== 30)],
  ['half of the processors', ALL, ALL.filter((_, i) => i % 2 === 0)],
  ['most processors', ALL, ALL.slice(50)],
  ['all processors but the first', ALL, ALL.slice(0, 1)],
])('no permission is missing in between when %s is removed, or added', (_, many, few) => {
  const [before, after] = [many, few].map((taskTypes) => templateOf(taskTypes));
  expect(missingInBetween(before, after)).toEqual([]);
  expect(missingInBetween(after, before)).toEqual([]);
});

test('no permission is missing in between when random processors are removed and added', () => {
  const seed = Date.now();
  console.info(`seed ${seed}`);
  const random = new Random(seed);
  let before = templateOf(ALL.slice(0, 30));
  for (let round = 0; round < 6; round++) {
    const chance = random.next();
    const after = templateOf(ALL.filter(() => random.chance(chance)));
    expect(missingInBetween(before, after)).toEqual([]);
    before = after;
  }
});

test('a processor that is added changes no other policy than that of its permission', () => {
  const [before, after] = [ALL.slice(0, 50), ALL.slice(0, 51)].map((taskTypes) =>
    Object.values(templateOf(taskTypes).findResources('AWS::IAM::ManagedPolicy')).map(({ Properties }) => Properties.PolicyDocument));
  expect(before.length).toBeGreaterThan(4);
  // One of the function, and one of the reporter.
  expect(after.filter((document) => !before.some((other) => JSON.stringify(other) === JSON.stringify(document)))).toHaveLength(2);
});
