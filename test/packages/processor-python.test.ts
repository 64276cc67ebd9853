/** The package of the Python helper has what users need, and works in an empty environment. Run `npm run package-all` first. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { contentOfArchive, filesOfArchive, filesOfTarball, packageFile, PROJECT, VERSION } from './archives';
import { pythonEnvironment } from '../../local/engine/python-environment';
import { temporaryDirectory } from '../support/temporary-directory';

const MODULE = 'cdk_task_manager_processor';
const NAME = `${MODULE}-${VERSION}`;
const INFO = `${NAME}.dist-info`;
const WHEEL = () => packageFile('processor-python', `${NAME}-py3-none-any.whl`);

const SOURCES = readdirSync(path.join(PROJECT, 'processor-python', 'src', MODULE))
  .filter((file) => file !== '__pycache__').map((file) => `${MODULE}/${file}`);

test('the wheel has the module with its types, and the licence', () => {
  expect(SOURCES).toContain(`${MODULE}/py.typed`);
  expect(filesOfArchive(WHEEL())).toEqual([...SOURCES, ...['METADATA', 'RECORD', 'WHEEL', 'licenses/LICENSE'].map((file) => `${INFO}/${file}`)].sort());
});

test('the wheel has the version of this release, the README, and no dependencies', () => {
  const [headers, readme] = contentOfArchive(WHEEL(), `${INFO}/METADATA`).toString().split(/\n\n([^]*)/);
  expect(headers).toContain(`\nVersion: ${VERSION}\n`);
  expect(headers).toContain('\nRequires-Python: >=3.10\n');
  expect(headers).not.toContain('Requires-Dist');
  expect(readme.trim()).toBe(readFileSync(path.join(PROJECT, 'processor-python', 'README.md'), 'utf8').trim());
});

test('the source distribution has all that the wheel is built of', () => {
  expect(filesOfTarball(readFileSync(packageFile('processor-python', `${NAME}.tar.gz`)))).toEqual(
    ['LICENSE', 'PKG-INFO', 'README.md', 'pyproject.toml', ...SOURCES.map((file) => `src/${file}`)].map((file) => `${NAME}/${file}`).sort(),
  );
});

test('the wheel works in an empty environment', async () => {
  const environment = path.join(temporaryDirectory('processor-python'), 'venv');
  const python = path.join(environment, 'bin', 'python');
  const installer = await pythonEnvironment();
  execFileSync(installer, ['-m', 'venv', '--without-pip', environment]);
  execFileSync(installer, ['-m', 'pip', '--python', python, 'install', '--quiet', '--no-index', '--disable-pip-version-check', WHEEL()]);

  const output = execFileSync(python, ['-c', `
from cdk_task_manager_processor import Task, task_processor
from cdk_task_manager_processor.testing import fake_task

@task_processor
def handler(task: Task, context: object) -> dict[str, int]:
    task.progress(50)
    return {"rows": task.payload["rows"]}

task = fake_task({"rows": 7}).run(handler)
print(task.status, task.progress, task.result)
`], { encoding: 'utf8', cwd: environment });

  expect(output).toBe("SUCCESSFUL [{'percent': 50}] {'rows': 7}\n");
}, 120_000);
