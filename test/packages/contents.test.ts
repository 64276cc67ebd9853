/** What is in the packages: everything that users need, and nothing else. They must have been built, by `npm run package-all` and `npm run package:client`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const PROJECT = path.join(__dirname, '..', '..');
const DIST = path.join(PROJECT, 'dist');
const { version: VERSION } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));
const TARBALL = `cdk-task-manager@${VERSION}.jsii.tgz`;

/** All that the constructs are made of; the functions' code is in the bundles. */
const SOURCES = readdirSync(path.join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('runtime')).map((file) => file.slice(0, -'.ts'.length));
const BUNDLES = readdirSync(path.join(PROJECT, 'src', 'runtime')).filter((file) => file.endsWith('.lambda.ts')).map((file) => file.slice(0, -'.ts'.length));

const TARBALL_FILES = [
  '.jsii',
  // With it, Construct Hub needs no fixtures to translate the samples.
  '.jsii.tabl.json',
  'LICENSE',
  'README.md',
  'THIRD-PARTY-LICENSES',
  'assets/openapi.json',
  ...BUNDLES.map((bundle) => `assets/${bundle}/index.js`),
  ...SOURCES.flatMap((source) => [`lib/${source}.d.ts`, `lib/${source}.js`]),
  'package.json',
].sort();

function packageFile(...name: string[]): string {
  const file = path.join(DIST, ...name);
  if (!existsSync(file)) throw new Error(`dist/${name.join('/')} is missing: run npm run package-all and npm run package:client first`);
  return file;
}

function filesOfTarball(tarball: Buffer): string[] {
  const files = execFileSync('tar', ['-tz'], { input: tarball, encoding: 'utf8' }).trim().split('\n');
  return files.map((file) => file.replace(/^package\//, '')).sort();
}

/** The files of a wheel or a jar, which are zip archives. */
function filesOfArchive(archive: string): string[] {
  const list = 'import json, sys, zipfile; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))';
  const files: string[] = JSON.parse(execFileSync('python3', ['-c', list, archive], { encoding: 'utf8' }));
  return files.filter((file) => !file.endsWith('/')).sort();
}

function contentOfArchive(archive: string, file: string): Buffer {
  const read = 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))';
  return execFileSync('python3', ['-c', read, archive, file], { maxBuffer: 2 ** 26 });
}

test('the npm package has the constructs, the bundles and the licences', () => {
  expect(filesOfTarball(readFileSync(packageFile('js', TARBALL)))).toEqual(TARBALL_FILES);
});

test('the wheel has the Python module, and the npm package', () => {
  const wheel = packageFile('python', `cdk_task_manager-${VERSION}-py3-none-any.whl`);
  const info = `cdk_task_manager-${VERSION}.dist-info`;

  expect(filesOfArchive(wheel)).toEqual([
    ...['LICENSE', 'METADATA', 'RECORD', 'WHEEL', 'top_level.txt'].map((file) => `${info}/${file}`),
    'cdk_task_manager/__init__.py',
    'cdk_task_manager/_jsii/__init__.py',
    `cdk_task_manager/_jsii/${TARBALL}`,
    'cdk_task_manager/py.typed',
  ].sort());
  expect(filesOfTarball(contentOfArchive(wheel, `cdk_task_manager/_jsii/${TARBALL}`))).toEqual(TARBALL_FILES);
});

test('the jar has the classes of the public types, and the npm package', () => {
  const folder = 'io/github/cdktaskmanager';
  const jar = packageFile('java', ...folder.split('/'), 'cdk-task-manager', VERSION, `cdk-task-manager-${VERSION}.jar`);
  const { types } = JSON.parse(readFileSync(path.join(PROJECT, '.jsii'), 'utf8'));
  const files = filesOfArchive(jar);
  const classes = files.filter((file) => file.endsWith('.class')).map((file) => path.basename(file, '.class').replace(/(?<=.)\$.*/, ''));

  expect([...new Set(classes)].sort()).toEqual(['$Module', 'package-info', ...Object.values<any>(types).map(({ name }) => name)].sort());
  expect(files.filter((file) => !file.endsWith('.class'))).toEqual([
    'META-INF/INDEX.LIST',
    'META-INF/MANIFEST.MF',
    ...['pom.properties', 'pom.xml'].map((file) => `META-INF/maven/io.github.cdktaskmanager/cdk-task-manager/${file}`),
    `${folder}/$Module.txt`,
    `${folder}/${TARBALL}`,
  ].sort());
  expect(filesOfTarball(contentOfArchive(jar, `${folder}/${TARBALL}`))).toEqual(TARBALL_FILES);
});

test('the client package has both module formats and their types', () => {
  expect(filesOfTarball(readFileSync(packageFile('client', `cdk-task-manager-client-${VERSION}.tgz`)))).toEqual([
    'LICENSE', 'README.md', 'dist/index.cjs', 'dist/index.d.cts', 'dist/index.d.mts', 'dist/index.mjs', 'package.json',
  ]);
});
