/** Runs the official JSON-Schema-Test-Suite (draft 2020-12) through our validation of schemas and payloads. Needs Python. */
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { testSuite } from './install';
import { EngineError } from '../../local/engine/engine-error';
import { taskTypeEntries } from '../../src/private/validation/task-type-entries';
import { Problem } from '../../src/runtime/http/problem';
import { TaskTypes } from '../../src/runtime/http/task-types';

interface Group {
  readonly description: string;
  readonly schema: any;
  readonly tests: { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

/** How an outcome differs from the suite: synthesis refuses the schema, or the function accepts or refuses a payload. */
type Difference = 'schema refused' | 'payload accepted' | 'payload refused';

/** An entry of differences.json: tests by file, and the reason why their outcome differs. */
interface Known {
  readonly difference: Difference;
  readonly reason: string;
  readonly tests: Record<string, string[]>;
}

const KNOWN: Known[] = JSON.parse(readFileSync(path.join(__dirname, 'differences.json'), 'utf8'));

async function main(): Promise<void> {
  const directory = await testSuite((message) => console.log(message));
  const files = readdirSync(directory, { recursive: true }).map(String).filter((file) => file.endsWith('.json')).sort();
  let count = 0;
  const found = new Set<string>();
  for (const file of files) {
    for (const group of JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as Group[]) {
      count += group.tests.length;
      for (const [difference, test] of differences(group)) found.add(keyOf(difference, file, test));
    }
  }

  const known = KNOWN.flatMap(({ difference, tests }) => {
    return Object.entries(tests).flatMap(([file, names]) => names.map((name) => keyOf(difference, file, name)));
  });
  const unknown = [...found].filter((key) => !known.includes(key));
  const gone = known.filter((key) => !found.has(key));
  unknown.forEach((key) => console.error(`not in differences.json: ${key}`));
  gone.forEach((key) => console.error(`in differences.json, but no longer a difference: ${key}`));
  console.log(`${count} tests of ${files.length} files: ${found.size} differences, ${unknown.length + gone.length} of them unexpected`);
  // Fewer tests mean that the suite was not found.
  if (unknown.length + gone.length > 0 || count < 1000) process.exitCode = 1;
}

/** Returns the differences of a group of tests with one schema. The schema goes from the props to the function, as in an app. */
function differences({ description, schema, tests }: Group): [Difference, string][] {
  let taskTypes: TaskTypes;
  try {
    taskTypes = new TaskTypes(JSON.parse(JSON.stringify(taskTypeEntries([{ taskType: 'test', payloadSchema: schema }]))));
  } catch {
    return [['schema refused', description]];
  }
  return tests.flatMap((test): [Difference, string][] => {
    const isAccepted = accepts(taskTypes, test.data);
    return isAccepted === test.valid ? [] : [[isAccepted ? 'payload accepted' : 'payload refused', `${description}: ${test.description}`]];
  });
}

function accepts(taskTypes: TaskTypes, payload: unknown): boolean {
  try {
    taskTypes.check({ type: 'test', payload });
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 422) return false;
    throw error;
  }
}

function keyOf(difference: Difference, file: string, test: string): string {
  return `${difference}: ${file}: ${test}`;
}

main().catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
