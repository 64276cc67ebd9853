/** The package of the command line works as an installed package. First run `package:cli` of npm. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { packageFile, VERSION } from './archives';
import { temporaryDirectory } from '../support/temporary-directory';

const NAME = 'cdk-task-manager-cli';

let folder: string;

beforeAll(() => {
  folder = temporaryDirectory('cli');
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', packageFile('cli', `${NAME}-${VERSION}.tgz`)], { cwd: folder });
});

const run = (program: string, ...parameters: string[]) => execFileSync(program, parameters, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

test('npx runs the command', () => {
  expect(run('npx', '--offline', 'task-manager', '--version')).toBe(`${VERSION}\n`);
  expect(run('npx', '--offline', NAME, '--help')).toMatch(/^Usage: task-manager /);
});

test('the command is executable, and has the version of this release', () => {
  expect(run(path.join(folder, 'node_modules', '.bin', 'task-manager'), '--version')).toBe(`${VERSION}\n`);
});

test('nothing is installed beside it', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'node_modules', NAME, 'package.json'), 'utf8'));
  expect(dependencies).toBeUndefined();
  expect(readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([NAME]);
});

test('the AWS SDK loads when a command needs it', () => {
  // Nothing listens on the port.
  const environment = { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1' };
  const list = () => execFileSync('npx', ['--offline', 'task-manager', 'list', '--stack', 'Orders'], { cwd: folder, encoding: 'utf8', stdio: 'pipe', env: environment });
  expect(list).toThrow(expect.objectContaining({ status: 1, stderr: expect.stringContaining('ECONNREFUSED') }));
});
