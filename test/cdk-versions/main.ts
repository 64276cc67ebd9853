import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { commandLine } from '../../local/command-line';
import { EngineError } from '../../local/engine/engine-error';
import { heading, step } from '../../local/terminal';
import { command, PROJECT } from '../support/command';

const USAGE = `usage: npm run test:cdk-versions -- [--built]

Installs the package in an empty folder with the oldest aws-cdk-lib that it supports, and with the newest one. Then compiles and
synthesizes an app that uses all of the package. Fails if the package uses a deprecated API of aws-cdk-lib.

  --built  use the package that is already in dist/`;

interface Versions { readonly cdk: string; readonly constructs: string }

const { version: VERSION, devDependencies, peerDependencies } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));
/** Unlike most users, also checks the declarations of the package. Those of aws-cdk-lib need `Disposable`. */
const COMPILER_OPTIONS = {
  strict: true,
  skipLibCheck: false,
  target: 'ES2022',
  lib: ['ES2022', 'ESNext.Disposable'],
  types: [],
  module: 'commonjs',
  moduleResolution: 'node10',
  ignoreDeprecations: '6.0',
};

async function main(): Promise<void> {
  const { built } = commandLine(USAGE, { built: { type: 'boolean', default: false } }, (values) => values);
  Object.assign(process.env, { JSII_DEPRECATED: 'quiet', JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' });
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-versions-')));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

  if (!built) {
    heading('Building the package');
    await step('bundling the Lambda functions', () => command(PROJECT, 'npx', 'projen', 'bundle'));
    await step('compiling', () => command(PROJECT, 'npx', 'projen', 'compile'));
    await step('packaging', () => command(PROJECT, 'npx', 'projen', 'package:js'));
  }
  await use(path.join(folder, 'oldest'), oldest());
  await use(path.join(folder, 'newest'), { cdk: await newest('aws-cdk-lib'), constructs: await newest('constructs') });
}

/** Returns the versions of the tests, with which the ranges of the peer dependencies must begin. */
function oldest(): Versions {
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    if (peerDependencies[peer] !== `^${devDependencies[peer]}`) {
      throw new EngineError(`peer dependency ${peer} must be ^${devDependencies[peer]}, the version of the tests, got ${peerDependencies[peer]}`);
    }
  }
  return { cdk: devDependencies['aws-cdk-lib'], constructs: devDependencies.constructs };
}

async function newest(name: string): Promise<string> {
  const lines = (await command(PROJECT, 'npm', 'view', name, 'version', '--loglevel=error')).trim().split('\n');
  return lines.at(-1)!;
}

async function use(app: string, { cdk, constructs }: Versions): Promise<void> {
  heading(`aws-cdk-lib ${cdk}, constructs ${constructs}`);
  mkdirSync(app);
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  writeFileSync(path.join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['app.ts'] }));
  copyFileSync(path.join(__dirname, 'app.ts'), path.join(app, 'app.ts'));
  const tarball = path.join(PROJECT, 'dist', 'js', `cdk-task-manager@${VERSION}.jsii.tgz`);
  const packages = [tarball, `aws-cdk-lib@${cdk}`, `constructs@${constructs}`];
  await step('installing', () => command(app, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages));
  await step('compiling', () => command(app, process.execPath, path.join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc')));
  await step('synthesizing', () => command(app, 'env', 'CDK_OUTDIR=cdk.out', 'JSII_DEPRECATED=fail', process.execPath, 'app.js'));
}

main().catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});
