import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { PYTHON_FLAGS, pythonEnvironment, PythonProgram } from '../../../local/engine/python-environment';
import { run } from '../../../local/run';
import { CHECKED_STACKS, CheckedStack, resourcesOf } from '../../support/checked-stacks';
import { interrupted, PROJECT } from '../../support/command';
import { countFindings, documentedFindings, documentedReasons, Findings, reasonsIn, sampleOf } from '../../support/findings';

const CHECKOV: PythonProgram = {
  name: 'checkov',
  requirements: path.join(__dirname, 'checkov-requirements.txt'),
  oldestMinor: 11,
  directory: path.join(PROJECT, '.venv', 'checkov'),
};

const SECTION = 'Findings of checkov';
const SAMPLE = 'skipped-findings.ts';
const SKIPPED = 'skipped-';

/** Returns what differs between docs/company-rules.md and what checkov finds. It runs offline, with the rules that it comes with. */
export async function differencesFromCheckov(): Promise<string[]> {
  const stacks = Object.entries(CHECKED_STACKS).flatMap(([name, define]) => {
    const skipped = define();
    sampleOf(SAMPLE).skipFindings(...skipped.constructs);
    return [[name, define()], [`${SKIPPED}${name}`, skipped]] as const;
  });
  const found = await findingsOf(Object.fromEntries(stacks));
  const isSkipped = (name: string) => name.startsWith(SKIPPED);
  const ofTable = Object.fromEntries(Object.entries(found).filter(([name]) => !isSkipped(name)));
  const left = Object.entries(found).filter(([name, rules]) => isSkipped(name) && rules.length > 0);
  return [
    ...differences(documentedFindings(SECTION), countFindings(ofTable)),
    ...differences(reasonsIn(SAMPLE), documentedReasons(SECTION)).map((difference) => `reasons in ${SAMPLE}: ${difference}`),
    ...left.map(([name, rules]) => `${SAMPLE} does not skip all findings, ${name}: ${[...new Set(rules)].join(', ')}`),
  ];
}

function differences(page: Findings | Record<string, string>, tool: Findings | Record<string, string>): string[] {
  const text = (value: unknown) => value === undefined ? 'nothing' : JSON.stringify(value);
  return [...new Set([...Object.keys(page), ...Object.keys(tool)])].filter((rule) => text(page[rule]) !== text(tool[rule]))
    .map((rule) => `${rule}: the page has ${text(page[rule])}, expected ${text(tool[rule])}`);
}

/** Returns the rules that the resources of each stack break, one for each resource. */
async function findingsOf(stacks: Record<string, CheckedStack>): Promise<Record<string, string[]>> {
  const python = await pythonEnvironment({ program: CHECKOV, log: (message) => console.log(message), signal: interrupted });
  const directory = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-checkov-'));
  try {
    const files = Object.entries(stacks).map(([name, { stack }]) => {
      const file = path.join(directory, `${name}.json`);
      writeFileSync(file, JSON.stringify(Template.fromStack(stack).toJSON()));
      return file;
    });
    const failed = await failedChecks(python, files, directory);
    return Object.fromEntries(Object.entries(stacks).map(([name, stack]) => {
      const ours = resourcesOf(stack).map(({ cfnResourceType, logicalId }) => `${cfnResourceType}.${stack.stack.resolve(logicalId)}`);
      return [name, failed.filter(({ file_path, resource }) => path.basename(file_path, '.json') === name && ours.includes(resource)).map(({ check_id }) => check_id)];
    }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface FailedCheck {
  readonly check_id: string;
  readonly file_path: string;
  readonly resource: string;
}

async function failedChecks(python: string, files: string[], directory: string): Promise<FailedCheck[]> {
  process.env.CKV_SKIP_PACKAGE_UPDATE_CHECK = 'true';
  const { code, output } = await run(python, [
    ...PYTHON_FLAGS, path.join(CHECKOV.directory, 'bin', 'checkov'), '--framework', 'cloudformation', '--skip-download', '--soft-fail',
    '--compact', '--quiet', '--output', 'json', '--output-file-path', directory, '--file', ...files,
  ], { signal: interrupted });
  if (code !== 0) throw new Error(`checkov failed: ${output}`);
  const { results, summary } = JSON.parse(readFileSync(path.join(directory, 'results_json.json'), 'utf8'));
  if (summary.parsing_errors > 0) throw new Error(`checkov could not read ${summary.parsing_errors} templates`);
  return results.failed_checks;
}
