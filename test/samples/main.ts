/**
 * Checks the samples of the docs for React and Python with the settings of a strict project. Shows those for React on a page. Needs Python.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { EngineError } from '../../local/engine/engine-error';
import { PYTHON_FLAGS, pythonEnvironment, PythonProgram } from '../../local/engine/python-environment';
import { step } from '../../local/terminal';
import { command, interrupted, PROJECT } from '../support/command';
import { installNpmTool } from '../support/npm-tool';
import { codeBlocksOf } from '../support/page-samples';
import { compileTypeScript } from '../support/strict-project';

const MYPY: PythonProgram = {
  name: 'mypy',
  requirements: path.join(__dirname, 'requirements.txt'),
  oldestMinor: 10,
  directory: path.join(PROJECT, '.venv', 'mypy'),
};
const TSX = path.join(PROJECT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const CHECK = 'check-react.tsx';

async function main(): Promise<void> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-samples-')));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

  const npm = await step('installing React', () => installNpmTool(path.join(__dirname, 'npm'), 'samples'));
  const python = await step('installing mypy', () => pythonEnvironment({ program: MYPY, signal: interrupted }));
  const react = path.join(folder, 'react');
  linkPackages(react, npm);
  await step('compiling the samples for React', () => compileReact(react));
  await step('showing them on a page', () => command(react, process.execPath, TSX, CHECK));
  await step('checking the types of processors in Python', () => checkPython(path.join(folder, 'python'), python));
}

function linkPackages(folder: string, npm: string): void {
  const packages = path.join(folder, 'node_modules');
  mkdirSync(packages, { recursive: true });
  for (const name of readdirSync(path.join(npm, 'node_modules'))) symlinkSync(path.join(npm, 'node_modules', name), path.join(packages, name));
  symlinkSync(path.join(PROJECT, 'client'), path.join(packages, 'cdk-task-manager-client'));
}

async function compileReact(folder: string): Promise<void> {
  writeFiles(folder, 'client/README.md', ['ts', 'tsx']);
  await compileTypeScript(folder, { jsx: 'react-jsx' });
  // The check runs in Node.js, and its page is not made for more than `strict`.
  copyFileSync(path.join(__dirname, CHECK), path.join(folder, CHECK));
  await compileTypeScript(folder, { jsx: 'react-jsx', types: ['node'], skipLibCheck: true });
}

async function checkPython(folder: string, python: string): Promise<void> {
  cpSync(path.join(PROJECT, 'examples', 'python', 'functions'), folder, { recursive: true });
  writeFiles(folder, 'docs/processors.md', ['python']);
  const helper = path.join(PROJECT, 'processor-python', 'src');
  await command(folder, 'env', `MYPYPATH=${helper}`, python, ...PYTHON_FLAGS, '-m', 'mypy', '--strict', '--explicit-package-bases', '.');
}

/** Writes the samples of a page that are whole files. */
function writeFiles(folder: string, page: string, languages: string[]): void {
  const blocks = codeBlocksOf(readFileSync(path.join(PROJECT, page), 'utf8')).filter(({ language }) => languages.includes(language));
  const files = blocks.filter(({ file }) => file !== undefined);
  if (files.length === 0) throw new EngineError(`${page} must have samples that are whole files, in ${languages.join(' or ')}`);
  for (const { file, code } of files) writeFileSync(path.join(folder, file!), code);
}

main().catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});
