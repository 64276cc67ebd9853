/** Checks templates against AWS's resource schemas with cfn-lint, and against the rules of companies with checkov. Needs Python 3.11. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { differencesFromCheckov } from './checkov';
import { ExportService } from '../../../examples/existing-api/export-service';
import { ShopApi } from '../../../examples/existing-api/shop-api';
import { Foundation } from '../../../examples/hardened/foundation';
import { PayrollService } from '../../../examples/hardened/payroll-service';
import { EngineError } from '../../../local/engine/engine-error';
import { PYTHON_FLAGS, pythonEnvironment, PythonProgram } from '../../../local/engine/python-environment';
import { run } from '../../../local/run';
import { interrupted, PROJECT } from '../../support/command';
import { addPipeline } from '../../support/large-app';
import { ProofApp, synthesizeProofApp } from '../app';

const CFN_LINT: PythonProgram = {
  name: 'cfn-lint',
  requirements: path.join(__dirname, 'requirements.txt'),
  oldestMinor: 11,
  directory: path.join(PROJECT, '.venv', 'cfn-lint'),
};

/** Findings that remain, with their reasons. */
const ACKNOWLEDGED: Record<string, string> = {
  W6001: 'the URL of routes below a resource of an API of another stack contains what that stack exports',
  W3005: 'the CDK adds a dependency of a function on its role, which is redundant but harmless',
};

async function main(): Promise<void> {
  const python = await pythonEnvironment({ program: CFN_LINT, log: (message) => console.log(message), signal: interrupted });
  const app = synthesizeProofApp();
  const { assembly } = app;
  writeDefinitions(app);
  const templates = [assembly, ...synthesizeLargeApp(), synthesizeExamples()].flatMap((directory) => readdirSync(directory)
    .filter((file) => file.endsWith('.template.json')).map((file) => path.join(directory, file)));
  const { code, output } = await run(python, [
    ...PYTHON_FLAGS, path.join(CFN_LINT.directory, 'bin', 'cfn-lint'), '--ignore-checks', ...Object.keys(ACKNOWLEDGED), '--', ...templates,
  ], { signal: interrupted });
  console.log(output.trim() || `${templates.length} templates: no findings`);
  if (code !== 0) process.exitCode = 1;

  const differences = await differencesFromCheckov();
  console.log(differences.length === 0 ? 'docs/company-rules.md lists what checkov finds' : `docs/company-rules.md differs from what checkov finds:\n${differences.join('\n')}`);
  if (differences.length > 0) process.exitCode = 1;
}

/** Writes a template with the definitions of the state machines as they are deployed: cfn-lint does not look into one that is joined. */
function writeDefinitions({ assembly, deployment }: ProofApp): void {
  const machines = deployment.ofType('AWS::StepFunctions::StateMachine').map(({ logicalId, type, properties }) => {
    const { RoleArn, DefinitionString } = deployment.resolve(properties);
    // cfn-lint does not know that a time-out can be JSONata: https://states-language.net/#timeouts
    const definition = JSON.parse(DefinitionString, (key, value) => key === 'TimeoutSeconds' && /^{%.*%}$/.test(value) ? 1 : value);
    return [logicalId, { Type: type, Properties: { RoleArn, Definition: definition } }];
  });
  writeFileSync(path.join(assembly, 'definitions.template.json'), JSON.stringify({ Resources: Object.fromEntries(machines) }));
}

/** Returns the directory of the examples of companies. */
function synthesizeExamples(): string {
  const app = new App({ outdir: outdirFor('examples'), analyticsReporting: false });
  new PayrollService(app, 'PayrollService', { foundation: new Foundation(app, 'Foundation') });
  new ExportService(app, 'ExportService', { shopApi: new ShopApi(app, 'ShopApi') });
  return app.synth().directory;
}

/** Returns the directories of the stages. The pipeline's own stack is left out: CDK Pipelines makes all of its template. */
function synthesizeLargeApp(): string[] {
  const app = new App({ outdir: outdirFor('large-app'), analyticsReporting: false });
  addPipeline(app);
  return app.synth().nestedAssemblies.map(({ nestedAssembly }) => nestedAssembly.directory);
}

function outdirFor(name: string): string {
  const outdir = mkdtempSync(path.join(tmpdir(), `cdk-task-manager-${name}-`));
  process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
  return outdir;
}

main().catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
