import { Annotations, Stack, Stage } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_PATTERN = 2048;
const MAX_RULES = 300;

/** Makes synthesis fail if the pattern of a rule is too long, and warn if a bus has more rules than it can have by default. */
export function applyQuotas(rule: events.Rule, { eventBusArn, node }: events.IEventBus): void {
  rule.node.addValidation({ validate: () => patternErrors(rule) });

  // Stages are often for several accounts, whose buses can have the same name.
  const stage = Stage.of(rule)!;
  const counts = countsByStage.get(stage) ?? new Map<string, number>();
  countsByStage.set(stage, counts);
  const count = (counts.get(eventBusArn) ?? 0) + 1;
  counts.set(eventBusArn, count);
  if (count === MAX_RULES + 1) {
    // Not an error, because the quota can be raised.
    Annotations.of(rule).addWarningV2('cdk-task-manager:manyRules',
      `the event bus ${node.path} has more than ${MAX_RULES} rules of task processors and TaskManagers, `
      + 'the default quota: request an increase, or use TaskManagers with their own event buses');
  }
}

function patternErrors(rule: events.Rule): string[] {
  const { length } = JSON.stringify(Stack.of(rule).resolve((rule.node.defaultChild as events.CfnRule).eventPattern));
  if (length <= MAX_PATTERN) return [];
  return [`eventPattern must have at most ${MAX_PATTERN} characters together with the source and the type of the event, got ${length}: `
    + 'define several rules, each with a part of the values'];
}

const countsByStage = new WeakMap<Stage, Map<string, number>>();
