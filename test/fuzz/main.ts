/** Compares the API with its OpenAPI document, with Schemathesis. Needs Python 3.11. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { FuzzedApi, STACK, synthesize } from './app';
import { FuzzOptions, fuzzOptions } from './options';
import { deploy } from '../../local/deploy/deploy';
import { EngineError } from '../../local/engine/engine-error';
import { PYTHON_FLAGS, pythonEnvironment, PythonProgram } from '../../local/engine/python-environment';
import { withEngine } from '../../local/engine/with-engine';
import { quietLibraries } from '../../local/quiet-libraries';

const SCHEMATHESIS: PythonProgram = {
  name: 'Schemathesis',
  requirements: path.join(__dirname, 'requirements.txt'),
  oldestMinor: 11,
  directory: path.join(__dirname, '..', '..', '.venv', 'schemathesis'),
};

async function main(options: FuzzOptions): Promise<void> {
  quietLibraries();
  const log = (message: string) => console.log(message);
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-fuzz-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const apis = synthesize(path.join(scratch, 'assembly'), options.endpoint);

  await withEngine({ auth: true, log }, async (engine) => {
    const deployment = await deploy(engine, path.join(scratch, 'assembly'));
    const python = await pythonEnvironment({ program: SCHEMATHESIS, log });
    console.log(`${options.maxExamples} examples with seed ${options.seed}; to repeat the same requests:\n`
      + `npm run fuzz -- --endpoint ${options.endpoint} --max-examples ${options.maxExamples} --seed ${options.seed}`);
    for (const api of apis) {
      console.log(`\n=== ${api.name}\n`);
      const code = await fuzz(python, api, deployment.apiUrl(STACK, api.name), options, scratch);
      process.exitCode ||= code;
    }
  });
}

/** Runs Schemathesis. Returns its exit code. */
async function fuzz(python: string, { document }: FuzzedApi, url: string, options: FuzzOptions, directory: string): Promise<number> {
  const { maxExamples, seed } = options;
  const schemathesis = spawn(python, [
    ...PYTHON_FLAGS, '-m', 'schemathesis.cli', 'run', document, '--url', url,
    '--max-examples', String(maxExamples), '--seed', String(seed), '--generation-database', 'none',
    // Prints requests completely, so that they can be repeated. They have no secrets.
    '--output-sanitize', 'false',
  ], {
    cwd: directory,
    env: { ...process.env, SCHEMATHESIS_HOOKS: path.join(__dirname, 'known_differences.py') },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const kill = () => schemathesis.kill('SIGKILL');
  process.once('exit', kill);
  const [code] = await once(schemathesis, 'exit');
  process.off('exit', kill);
  return code ?? 1;
}

main(fuzzOptions()).catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
