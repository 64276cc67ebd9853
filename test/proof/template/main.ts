/** Checks the synthesized templates against AWS's resource schemas with cfn-lint. Needs Python 3.11. */
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { EngineError } from '../../../local/engine/engine-error';
import { PYTHON_FLAGS, pythonEnvironment, PythonProgram } from '../../../local/engine/python-environment';
import { run } from '../../../local/run';
import { interrupted, PROJECT } from '../../support/command';
import { synthesizeProofApp } from '../app';

const CFN_LINT: PythonProgram = {
  name: 'cfn-lint',
  requirements: path.join(__dirname, 'requirements.txt'),
  oldestMinor: 11,
  directory: path.join(PROJECT, '.venv', 'cfn-lint'),
};

/** Findings that remain, with their reasons. */
const ACKNOWLEDGED: Record<string, string> = {
  W3005: 'the CDK adds a dependency of a function on its role, which is redundant but harmless',
};

async function main(): Promise<void> {
  const python = await pythonEnvironment({ program: CFN_LINT, log: (message) => console.log(message), signal: interrupted });
  const { assembly } = synthesizeProofApp();
  const templates = readdirSync(assembly).filter((file) => file.endsWith('.template.json')).map((file) => path.join(assembly, file));
  const { code, output } = await run(python, [
    ...PYTHON_FLAGS, path.join(CFN_LINT.directory, 'bin', 'cfn-lint'), '--ignore-checks', ...Object.keys(ACKNOWLEDGED), '--', ...templates,
  ], { signal: interrupted });
  console.log(output.trim() || `${templates.length} templates: no findings`);
  if (code !== 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
