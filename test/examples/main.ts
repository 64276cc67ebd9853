/**
 * Installs, synthesizes and runs the examples of the shop in each language, with the packages of this source. Also synthesizes a large
 * app in each language.
 *
 * `npm run examples -- --help` describes the options.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { Example, EXAMPLES, Language, MAVEN_REPOSITORY } from './languages';
import { ExamplesOptions, examplesOptions } from './options';
import { tryShop } from './shop';
import { EngineError } from '../../local/engine/engine-error';
import { pythonEnvironment } from '../../local/engine/python-environment';
import { withEngine } from '../../local/engine/with-engine';
import { heading, step } from '../../local/terminal';
import { command, interrupted, PROJECT } from '../support/command';
import { exceededQuotas } from '../support/policy-sizes';
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
    // The shop itself has a TableV2, which calls deprecated APIs of aws-cdk-lib 2.263.0.
    JSII_DEPRECATED: 'quiet',
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
  });
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-examples-')));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

  for (const language of languages) await EXAMPLES[language].check?.();
  if (!built) await buildPackages(languages.map((language) => EXAMPLES[language].target));

  heading('Installing and synthesizing the shop');
  const apps = await forEach(languages, async (language) => install(language, EXAMPLES[language], folder));
  const shops = await forEach(languages, async (language) => synthesize(apps.get(language)!, EXAMPLES[language]));
  await compare(shops);

  heading('Synthesizing a large app with the same packages');
  const largeApps = await forEach(languages, async (language) => synthesizeLargeApp(apps.get(language)!, EXAMPLES[language]));
  await compare(largeApps);
  for (const [language, assembly] of largeApps) await step(`${language}: comparing the sizes with the quotas`, async () => validateSizes(assembly));

  const python = shops.get('python');
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

async function forEach<T>(languages: Language[], work: (language: Language) => Promise<T>): Promise<Map<Language, T>> {
  const results = new Map<Language, T>();
  for (const language of languages) results.set(language, await work(language));
  return results;
}

/** A copy of an example with its packages. */
interface InstalledApp {
  readonly directory: string;
  /** The PATH of its commands. */
  readonly path: string;
}

async function install(language: Language, example: Example, folder: string): Promise<InstalledApp> {
  const directory = path.join(folder, language);
  cpSync(path.join(PROJECT, 'examples', example.folder), directory, {
    recursive: true,
    filter: (source) => !LEFT_BEHIND.test(path.basename(source)),
  });
  const bin = await step(`examples/${example.folder}: installing`, () => example.install(directory))
    ?? path.dirname(await pythonEnvironment({ signal: interrupted }));
  return { directory, path: `${bin}:${process.env.PATH}` };
}

/** Returns the directory of the assembly. */
async function synthesize(app: InstalledApp, { folder }: Example): Promise<string> {
  const assembly = `${app.directory}.out`;
  await step(`examples/${folder}: synthesizing`, () => command(app.directory,
    'env', `PATH=${app.path}`, 'PIP_DISABLE_PIP_VERSION_CHECK=1', 'PIP_NO_INDEX=1', `PIP_FIND_LINKS=${HELPER}`,
    process.execPath, CDK_CLI, 'synth', '--quiet', '--no-notices', '--no-version-reporting', '--output', assembly));
  return assembly;
}

/** Returns the directory of the assembly. */
async function synthesizeLargeApp(app: InstalledApp, { largeApp }: Example): Promise<string> {
  const assembly = `${app.directory}-large.out`;
  const file = path.join(app.directory, largeApp.file);
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(path.join(__dirname, 'large-app', path.basename(file)), file);
  // Unlike the shop, the app itself uses no construct that calls deprecated APIs of aws-cdk-lib.
  await step(`${path.basename(file)}: synthesizing`, () => command(app.directory, 'env', `PATH=${app.path}`, 'JSII_DEPRECATED=fail',
    process.execPath, CDK_CLI, 'synth', '--quiet', '--no-notices', '--no-version-reporting',
    // The build is for the functions of the shop.
    '--build', 'true', '--app', largeApp.command, '--output', assembly));
  return assembly;
}

/** @throws EngineError if templates of several languages differ, including their asset hashes */
async function compare(assemblies: Map<Language, string>): Promise<void> {
  if (assemblies.size > 1) await step('comparing the templates', async () => validateEqual(assemblies));
}

function validateEqual(assemblies: Map<Language, string>): void {
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

/** @throws EngineError if AWS would refuse a stack because of its size */
function validateSizes(assembly: string): void {
  const exceeded = Object.entries(readTemplates(assembly)).flatMap(([file, template]) =>
    exceededQuotas(Template.fromJSON(template as Record<string, any>), path.basename(file, '.template.json')));
  if (exceeded.length > 0) throw new EngineError(exceeded.join('\n'));
}

main(examplesOptions()).catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});
