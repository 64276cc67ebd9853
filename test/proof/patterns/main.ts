/** Matches the event patterns and stream filters of the synthesized templates with AWS's own rule engine. Needs Java 17 and Maven. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { BusEvent, busEvents } from './bus-events';
import { recordLives } from './records';
import { EngineError } from '../../../local/engine/engine-error';
import { EVENT } from '../../../src/protocol/wire';
import { command, PROJECT } from '../../support/command';
import { ProofApp, synthesizeProofApp } from '../app';
import { Resource } from '../deployment';
import { MatchingRule } from '../parts';

const LIBRARIES = path.join(PROJECT, '.m2', 'event-ruler');

/** Events, and the patterns that must match each. */
interface Comparison {
  readonly patterns: Record<string, object>;
  readonly events: { readonly name: string; readonly event: object; readonly expected: string[] }[];
}

async function main(): Promise<void> {
  await command(__dirname, 'mvn', '-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${LIBRARIES}`);
  const app = synthesizeProofApp();
  const results = [await compare(app, 'rules', rulesOf(app)), await compare(app, 'filters', await filtersOf(app))];
  const problems = results.flatMap((result) => result.problems);
  for (const problem of problems) console.error(`FAILED: ${problem}`);
  console.log(`${results.reduce((sum, { passed }) => sum + passed, 0)} passed, ${problems.length} failed`);
  if (problems.length > 0) process.exitCode = 1;
}

function rulesOf(app: ProofApp): Comparison {
  const arnOf = (stateMachine: sfn.StateMachine) => app.deployment.valueOf(stateMachine, stateMachine.stateMachineArn);
  const rules = app.rules.map(({ failuresOf, ...about }) => ({
    ...about, name: app.deployment.valueOf(about.rule, about.rule.ruleName), failuresOf: failuresOf && arnOf(failuresOf),
  }));
  const stateMachines = app.longWork.flatMap(({ processor, stateMachine }) => [processor.wrapper, ...(stateMachine ? [stateMachine] : [])]);
  const events = busEvents(app.taskManagers.map(({ taskManager }) => taskManager.eventSource), stateMachines.map(arnOf));
  return {
    patterns: Object.fromEntries(app.deployment.ofType('AWS::Events::Rule').filter(({ properties }) => properties.EventPattern)
      .map(({ logicalId, properties }) => [logicalId, app.deployment.resolve(properties.EventPattern)])),
    events: events.map((event) => ({ ...event, expected: rules.filter((about) => isFor(about, event)).map(({ name }) => name) })),
  };
}

/** A rule, with the ARN of the state machine whose failures it matches. */
type Rule = Omit<MatchingRule, 'failuresOf'> & { readonly failuresOf?: string };

function isFor({ taskManager: { eventSource }, detailType, taskType, owner, failuresOf }: Rule, event: BusEvent): boolean {
  if (event.detailType !== detailType) return false;
  if (failuresOf !== undefined) return event.failureOf === failuresOf;
  if (detailType === EVENT.UPDATED) return event.reportsTo === eventSource;
  return event.source === eventSource
    && (taskType === undefined || event.taskType === taskType)
    && (owner === undefined || event.owner === owner);
}

/**
 * The filters of a publisher together must match new tasks and changed statuses, and those of live updates all changes of tasks. Each
 * filter must match something.
 */
async function filtersOf({ deployment, liveUpdates }: ProofApp): Promise<Comparison> {
  const live = liveUpdates.map(({ live: { publisher } }) => deployment.valueOf(publisher, publisher.functionName));
  const isLive = ({ properties }: Resource) => live.includes(deployment.resolve(properties.FunctionName));
  const mappings = deployment.ofType('AWS::Lambda::EventSourceMapping').filter(({ properties }) => properties.FilterCriteria);
  const records = await recordLives();
  return {
    patterns: Object.fromEntries(mappings.flatMap(({ logicalId, properties }) => deployment.resolve(properties.FilterCriteria.Filters)
      .map(({ Pattern }: { Pattern: string }, index: number) => [`${logicalId} #${index}`, JSON.parse(Pattern)]))),
    events: records.map((record) => ({
      ...record,
      expected: mappings.filter((mapping) => isLive(mapping) ? record.isOfTask : record.isNews).map(({ logicalId }) => logicalId),
    })),
  };
}

/** Matches the events, and prints how many events each pattern matched. */
async function compare(app: ProofApp, kind: string, { patterns, events }: Comparison): Promise<{ passed: number; problems: string[] }> {
  const [input, output] = [path.join(app.assembly, `${kind}.json`), path.join(app.assembly, `${kind}-matches.json`)];
  writeFileSync(input, JSON.stringify({ patterns, events: events.map(({ event }) => event) }));
  await command(__dirname, 'java', '-cp', `${LIBRARIES}/*`, 'MatchPatterns.java', input, output);
  const { problems, matches } = JSON.parse(readFileSync(output, 'utf8')) as { problems: Record<string, string>; matches: string[][] };

  const names = Object.keys(patterns);
  const counts = names.map((name) => ({ name, matched: matches.filter((matching) => matching.includes(name)).length }));
  for (const { name, matched } of counts) console.log(`${name.padEnd(60)} ${String(matched).padStart(5)} matched ${String(events.length - matched).padStart(5)} not`);

  // All filters of a mapping have its name.
  const groupOf = (name: string) => name.split(' #')[0];
  const differences = events.flatMap(({ name, expected }, index) => {
    const matched = [...new Set(matches[index].map(groupOf))];
    return [
      ...expected.filter((pattern) => !matched.includes(pattern)).map((pattern) => `${pattern} must match ${name}`),
      ...matched.filter((pattern) => !expected.includes(pattern)).map((pattern) => `${pattern} must not match ${name}`),
    ];
  });
  return {
    passed: events.length * new Set(names.map(groupOf)).size - differences.length,
    problems: [
      ...Object.entries(problems).map(([name, problem]) => `${name} is not a valid pattern: ${problem}`),
      ...differences,
      ...counts.filter(({ matched }) => matched === 0 || matched === events.length)
        .map(({ name, matched }) => `${name} matches ${matched === 0 ? 'none' : 'all'} of the events, but must match some and not others`),
    ],
  };
}

main().catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
