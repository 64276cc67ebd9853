import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { commandLine } from '../../local/command-line';
import { EngineError } from '../../local/engine/engine-error';
import { quietLibraries } from '../../local/quiet-libraries';
import { heading, step } from '../../local/terminal';
import { command, PROJECT } from '../support/command';
import { differences, readTemplates, Templates } from '../support/templates';

const USAGE = `usage: npm run compare:templates -- [--base <revision>] [--ignore <property> …]

Synthesizes the same apps with the working tree and with an earlier revision, and lists the differences of their templates.
Asset hashes are ignored. Exits with 1 if there are differences.

  --base <revision>    the revision to compare with (default: HEAD)
  --ignore <property>  ignore all properties of this name, for example Description. Can be repeated`;

/** The apps, by name. Each revision synthesizes its own copy of them. */
const APPS = {
  'all-props': 'test/cdk-versions/app.ts',
  'export-service': 'examples/typescript/app.ts',
  'shop': 'examples/typescript-shop/app.ts',
};

interface Options {
  readonly base: string;
  readonly ignore: string[];
}

async function main({ base, ignore }: Options): Promise<void> {
  quietLibraries();
  process.env.JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = '1';
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-templates-')));
  const checkout = path.join(folder, 'base');
  try {
    heading(`Synthesizing ${base}`);
    await command(PROJECT, 'git', 'worktree', 'add', '--quiet', '--detach', checkout, base);
    symlinkSync(path.join(PROJECT, 'node_modules'), path.join(checkout, 'node_modules'));
    const before = await synthesize(checkout, path.join(folder, 'before'), ignore);
    heading('Synthesizing the working tree');
    const after = await synthesize(PROJECT, path.join(folder, 'after'), ignore);

    const found = differences(before, after);
    for (const line of found) console.log(line);
    console.log(`\n${Object.keys(after).length} templates, ${found.length} differences`);
    if (found.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await command(PROJECT, 'git', 'worktree', 'prune');
  }
}

async function synthesize(directory: string, folder: string, ignore: string[]): Promise<Templates> {
  await step('bundling the Lambda functions', () => command(directory, 'npx', 'projen', 'bundle'));
  const templates: Templates = {};
  for (const [name, app] of Object.entries(APPS)) {
    const outdir = path.join(folder, name);
    await step(app, () => command(directory, 'env', `CDK_OUTDIR=${outdir}`, 'npx', 'tsx', '--tsconfig', 'tsconfig.dev.json', app));
    for (const [file, template] of Object.entries(readTemplates(outdir))) templates[`${name}/${file}`] = comparable(template, ignore);
  }
  return templates;
}

/** Returns the template without what can differ. */
function comparable(template: unknown, ignore: string[]): unknown {
  return JSON.parse(JSON.stringify(template).replace(/\b[0-9a-f]{64}\b/g, '<hash>'), (name, value) => (ignore.includes(name) ? undefined : value));
}

const options = commandLine(USAGE, {
  base: { type: 'string', default: 'HEAD' },
  ignore: { type: 'string', multiple: true, default: [] },
}, (values): Options => values);

main(options).catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});
