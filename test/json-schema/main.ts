/** Runs the official JSON-Schema-Test-Suite for two drafts through our validation of schemas and payloads. Needs Python. */
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { testSuite } from './install';
import { EngineError } from '../../local/engine/engine-error';
import { DRAFT_07 } from '../../src/private/validation/draft-07';
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

/** The folders of the drafts. The schemas of draft-07 have no `$schema`, which they need here. */
const DRAFTS: Record<string, object> = { 'draft2020-12': {}, 'draft7': { $schema: DRAFT_07 } };

const KNOWN: Known[] = JSON.parse(readFileSync(path.join(__dirname, 'differences.json'), 'utf8'));

async function main(): Promise<void> {
  const directory = await testSuite((message) => console.log(message));
  const files = Object.keys(DRAFTS).flatMap((draft) => testFiles(directory, draft));
  const counts = Object.fromEntries(Object.keys(DRAFTS).map((draft) => [draft, 0]));
  const found = new Set<string>();
  for (const file of files) {
    const [draft] = file.split('/');
    for (const group of JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as Group[]) {
      counts[draft] += group.tests.length;
      for (const [difference, test] of differences(group, DRAFTS[draft])) found.add(keyOf(difference, file, test));
    }
  }

  const known = KNOWN.flatMap(({ difference, tests }) => {
    return Object.entries(tests).flatMap(([file, names]) => names.map((name) => keyOf(difference, file, name)));
  });
  const unknown = [...found].filter((key) => !known.includes(key));
  const gone = known.filter((key) => !found.has(key));
  unknown.forEach((key) => console.error(`not in differences.json: ${key}`));
  gone.forEach((key) => console.error(`in differences.json, but no longer a difference: ${key}`));
  for (const [draft, count] of Object.entries(counts)) {
    const ofDraft = [...found].filter((key) => key.includes(`: ${draft}/`)).length;
    console.log(`${draft}: ${count} tests, ${ofDraft} differences`);
  }
  console.log(`${unknown.length + gone.length} of the differences are unexpected`);
  // Fewer tests mean that the suite was not found.
  if (unknown.length + gone.length > 0 || Object.values(counts).some((count) => count < 1000)) process.exitCode = 1;
}

function testFiles(directory: string, draft: string): string[] {
  const files = readdirSync(path.join(directory, draft), { recursive: true }).map(String).filter((file) => file.endsWith('.json')).sort();
  return files.map((file) => `${draft}/${file}`);
}

/** Returns the differences of a group of tests with one schema. The schema goes from the props to the function, as in an app. */
function differences({ description, schema, tests }: Group, added: object): [Difference, string][] {
  const payloadSchema = typeof schema === 'object' ? { ...added, ...schema } : schema;
  let taskTypes: TaskTypes;
  try {
    taskTypes = new TaskTypes(JSON.parse(JSON.stringify(taskTypeEntries([{ taskType: 'test', payloadSchema }], () => {}))));
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
