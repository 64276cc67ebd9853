import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TaskManager } from '../src';
import { median, round } from '../test/support/stats';

export interface Synthesis {
  readonly templateKib: number;
  /** First synthesis of this process, which has loaded the CDK. */
  readonly firstMs: number;
  /** Median of the further ones. */
  readonly nextMs: number;
}

/** Returns the number of resources of `new TaskManager()`, by type. */
export function countResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { Type } of Object.values<{ Type: string }>(template().toJSON().Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
}

/** Measures the synthesis of an app with one TaskManager. */
export function measureSynthesis(rounds: number): Synthesis {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    const json = template().toJSON();
    times.push(performance.now() - start);
    bytes = Buffer.byteLength(JSON.stringify(json));
  }
  return { templateKib: round(bytes / 1024), firstMs: round(times[0]), nextMs: round(median(times.slice(1))) };
}

function template(): Template {
  const stack = new Stack(new App(), 'Stack');
  new TaskManager(stack, 'Tasks');
  return Template.fromStack(stack);
}
