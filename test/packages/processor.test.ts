/** The package of the helper for TypeScript works as an installed package. First run `package:processor` of npm. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { packageFile, PROJECT, VERSION } from './archives';
import { temporaryDirectory } from '../support/temporary-directory';

const NAME = 'cdk-task-manager-processor';
const EXAMPLE = path.join(PROJECT, 'examples', 'typescript');

/** What the projects use beside the package. */
const INSTALLED = ['@aws-sdk/client-dynamodb', '@aws-sdk/client-eventbridge', '@types/node', 'typescript', 'undici-types'];

/** Makes an empty project, and installs the archive and other packages. */
function aProject(type: 'module' | 'commonjs'): string {
  const folder = temporaryDirectory('installed');
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type }));
  // Offline: npm would look for the peer dependencies. They come from the project of this test.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', packageFile('processor', `${NAME}-${VERSION}.tgz`)], { cwd: folder });
  for (const name of INSTALLED) {
    const target = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.join(PROJECT, 'node_modules', name), target);
  }
  copyFileSync(path.join(EXAMPLE, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
  return folder;
}

/** Compiles files with the settings of the example. Fails with the compiler's output. */
function compile(folder: string, ...files: string[]): void {
  const { compilerOptions } = JSON.parse(readFileSync(path.join(folder, 'tsconfig.json'), 'utf8'));
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, files }));
  try {
    execFileSync(process.execPath, [path.join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc')], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout);
  }
}

test.each(['commonjs', 'module'] as const)('the exporter of the example, and a container, compile against it in a project of type %s', (type) => {
  const folder = aProject(type);
  copyFileSync(path.join(EXAMPLE, 'exporter.lambda.ts'), path.join(folder, 'exporter.lambda.ts'));
  writeFileSync(path.join(folder, 'render.mts'), `
    import { Interrupted, runTask, TaskFailure } from '${NAME}/container';
    await runTask<{ scene: string }, { frames: number }>(async ({ payload: { scene } }, { progress, signal }) => {
      if (scene === '') throw new TaskFailure('NoScene', 'name a scene');
      await progress(50);
      if (signal.reason instanceof Interrupted) signal.throwIfAborted();
      // @ts-expect-error: not a member of the payload
      scene.frames;
      return { frames: 1 };
    }, { heartbeatSeconds: 60 });`);
  compile(folder, 'exporter.lambda.ts', 'render.mts');
});

test.each(['commonjs', 'module'] as const)('it runs in a project of type %s', (type) => {
  const folder = aProject(type);
  const names = type === 'module' ? [`import * as processor from '${NAME}';`, `import { fakeTask } from '${NAME}/testing';`, `import { runTask } from '${NAME}/container';`]
    : [`const processor = require('${NAME}');`, `const { fakeTask } = require('${NAME}/testing');`, `const { runTask } = require('${NAME}/container');`];
  writeFileSync(path.join(folder, 'main.js'), `${names.join('\n')}
    const work = async ({ payload }, { progress }) => { await progress(50); return { rows: payload.rows }; };
    fakeTask({ rows: 7 }).run(processor.taskProcessor(work)).then(({ status, result }) => {
      console.log(status, JSON.stringify(result));
      return runTask(work);
    });`);
  // It runs outside of a container.
  expect(() => execFileSync(process.execPath, ['main.js'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })).toThrow(expect.objectContaining({
    status: 1, stdout: 'SUCCESSFUL {"rows":7}\n', stderr: expect.stringContaining('TASK_ID is missing'),
  }));
});

test('it has the version of this release, and installs nothing else', () => {
  const { dependencies, version } = JSON.parse(readFileSync(path.join(aProject('module'), 'node_modules', NAME, 'package.json'), 'utf8'));
  expect([dependencies, version]).toEqual([undefined, VERSION]);
});
