/**
 * Installs, synthesizes and runs the examples of the shop in each language, with the packages of this source.
 *
 * `npm run examples -- --help` describes the options.
 */
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Example, EXAMPLES, Language, MAVEN_REPOSITORY } from './languages';
import { ExamplesOptions, examplesOptions } from './options';
import { tryShop } from './shop';
import { EngineError } from '../../local/engine/engine-error';
import { pythonEnvironment } from '../../local/engine/python-environment';
import { withEngine } from '../../local/engine/with-engine';
import { heading, step } from '../../local/terminal';
import { command, interrupted, PROJECT } from '../support/command';
import { differences, readTemplates } from '../support/templates';

const CDK_CLI = path.join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
/** The folder with the package that the functions in Python use. */
const HELPER = path.join(PROJECT, 'dist', 'processor-python');
const MAX_DIFFERENCES = 20;
/** Files and folders that the tools of a language leave in the folder of an example. */
const LEFT_BEHIND = /^(\.venv|__pycache__|cdk\.out|node_modules|package-lock\.json|target|cdk_task_manager_processor.*)$/;

async function main({ languages, built }: ExamplesOptions): Promise<void> {
  const start = performance.now();
  Object.assign(process.env, {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // It takes five seconds, and the tests check the same templates.
    CDK_VALIDATION: 'false',
    JSII_DEPRECATED: 'quiet',
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
  });
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-examples-')));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

  for (const language of languages) await EXAMPLES[language].check?.();
  if (!built) await buildPackages(languages.map((language) => EXAMPLES[language].target));

  heading('Installing and synthesizing the shop');
  const assemblies = new Map<Language, string>();
  for (const language of languages) assemblies.set(language, await synthesize(language, EXAMPLES[language], folder));
  if (languages.length > 1) await step('comparing the templates', async () => compare(assemblies));

  const python = assemblies.get('python');
  if (python) {
    heading('Running the Python example on the local engine');
    await withEngine({ auth: true, log: (message) => console.log(`  ${message}`) }, (engine) => tryShop(engine, python));
  }
  console.log(`\nDone in ${Math.round((performance.now() - start) / 1000)} s`);
}

async function buildPackages(targets: string[]): Promise<void> {
  heading('Building the packages');
  await step('bundling the Lambda functions', () => command(PROJECT, 'npx', 'projen', 'bundle'));
  await step('compiling', () => command(PROJECT, 'npx', 'projen', 'compile'));
  await step(`packaging: ${targets.join(', ')}`, () => command(PROJECT, 'npx', 'jsii-pacmak', '-v',
    `--maven-local-repository=${MAVEN_REPOSITORY}`, ...targets.flatMap((target) => ['--target', target])));
  await step('packaging the Python helper', () => command(PROJECT, 'npx', 'projen', 'package:processor-python'));
}

/** Returns the directory of the assembly. */
async function synthesize(language: Language, example: Example, folder: string): Promise<string> {
  const app = path.join(folder, language);
  const assembly = path.join(folder, `${language}.out`);
  cpSync(path.join(PROJECT, 'examples', example.folder), app, {
    recursive: true,
    filter: (source) => !LEFT_BEHIND.test(path.basename(source)),
  });
  const bin = await step(`examples/${example.folder}: installing`, () => example.install(app))
    ?? path.dirname(await pythonEnvironment({ signal: interrupted }));
  await step(`examples/${example.folder}: synthesizing`, () => command(app,
    'env', `PATH=${bin}:${process.env.PATH}`, 'PIP_DISABLE_PIP_VERSION_CHECK=1', 'PIP_NO_INDEX=1', `PIP_FIND_LINKS=${HELPER}`,
    process.execPath, CDK_CLI, 'synth', '--quiet', '--no-notices', '--no-version-reporting', '--output', assembly));
  return assembly;
}

/** @throws EngineError if the templates differ, including their asset hashes */
async function compare(assemblies: Map<Language, string>): Promise<void> {
  const [[language, assembly], ...others] = assemblies;
  const templates = readTemplates(assembly);
  for (const [otherLanguage, otherAssembly] of others) {
    const found = differences(templates, readTemplates(otherAssembly));
    if (found.length > 0) {
      const rest = found.length > MAX_DIFFERENCES ? [`(${found.length - MAX_DIFFERENCES} more)`] : [];
      throw new EngineError([`${language} ≠ ${otherLanguage}`, ...found.slice(0, MAX_DIFFERENCES), ...rest].join('\n'));
    }
  }
}

main(examplesOptions()).catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});
