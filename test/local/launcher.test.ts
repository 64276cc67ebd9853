import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../local/run';
import { temporaryDirectory } from '../support/temporary-directory';

const LAUNCHER = join(__dirname, '..', '..', 'local', 'engine', 'launcher.py');
// Only with packages that the test creates.
const FLAGS = ['-B', '-S'];

afterEach(() => {
  delete process.env.PYTHONPATH;
});

test('refuses to start without MiniStack', async () => {
  await expect(run('python3', [...FLAGS, LAUNCHER, temporaryDirectory('scratch')])).resolves.toEqual({
    code: 1,
    output: 'the local engine needs ministack 1.5.33, found none: remove .venv and start again\n',
  });
});

test('refuses to start with another version of MiniStack', async () => {
  const packages = temporaryDirectory('packages');
  mkdirSync(join(packages, 'ministack-1.6.0.dist-info'));
  writeFileSync(join(packages, 'ministack-1.6.0.dist-info', 'METADATA'), 'Metadata-Version: 2.1\nName: ministack\nVersion: 1.6.0\n');
  process.env.PYTHONPATH = packages;

  await expect(run('python3', [...FLAGS, LAUNCHER, temporaryDirectory('scratch')])).resolves.toEqual({
    code: 1,
    output: 'the local engine needs ministack 1.5.33, found 1.6.0: remove .venv and start again\n',
  });
});

test('refuses to start in the process group of another program, which it would kill', () => {
  const { status, stderr } = spawnSync('python3', [...FLAGS, LAUNCHER, temporaryDirectory('scratch')], { encoding: 'utf8' });

  expect(status).toBe(1);
  expect(stderr).toBe('this program must be the leader of its process group: local/engine/engine.ts starts it\n');
});
