/**
 * The packages contain what users need, and nothing else. First run `package-all`, `package:cli`, `package:client` and `package:processor`
 * of npm.
 */
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { contentOfArchive, filesOfArchive, filesOfTarball, jar, packageFile, PROJECT, VERSION, wheel } from './archives';
import { bundlesIn, CLI_METAFILES } from '../../projenrc/bundled-packages';

const TARBALL = `cdk-task-manager@${VERSION}.jsii.tgz`;

/** The sources of the constructs. The code of the functions is in the bundles. */
const SOURCES = readdirSync(path.join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('runtime')).map((file) => file.slice(0, -'.ts'.length));
const BUNDLES = readdirSync(path.join(PROJECT, 'src', 'runtime')).filter((file) => file.endsWith('.lambda.ts')).map((file) => file.slice(0, -'.ts'.length));

const TARBALL_FILES = [
  '.jsii',
  // Construct Hub needs it to translate the samples, because the package has no fixtures.
  '.jsii.tabl.json',
  'LICENSE',
  'README.md',
  'THIRD-PARTY-LICENSES',
  'assets/openapi.json',
  ...BUNDLES.map((bundle) => `assets/${bundle}/index.js`),
  ...SOURCES.flatMap((source) => [`lib/${source}.d.ts`, `lib/${source}.js`]),
  'package.json',
].sort();

test('the npm package has the constructs, the bundles and the licences', () => {
  expect(filesOfTarball(readFileSync(packageFile('js', TARBALL)))).toEqual(TARBALL_FILES);
});

test('the wheel has the Python module, and the npm package', () => {
  const info = `cdk_task_manager-${VERSION}.dist-info`;

  expect(filesOfArchive(wheel())).toEqual([
    ...['LICENSE', 'METADATA', 'RECORD', 'WHEEL', 'top_level.txt'].map((file) => `${info}/${file}`),
    'cdk_task_manager/__init__.py',
    'cdk_task_manager/_jsii/__init__.py',
    `cdk_task_manager/_jsii/${TARBALL}`,
    'cdk_task_manager/py.typed',
  ].sort());
  expect(filesOfTarball(contentOfArchive(wheel(), `cdk_task_manager/_jsii/${TARBALL}`))).toEqual(TARBALL_FILES);
});

test('the jar has the classes of the public types, and the npm package', () => {
  const folder = 'io/github/cdktaskmanager';
  const { types } = JSON.parse(readFileSync(path.join(PROJECT, '.jsii'), 'utf8'));
  const files = filesOfArchive(jar());
  const classes = files.filter((file) => file.endsWith('.class')).map((file) => path.basename(file, '.class').replace(/(?<=.)\$.*/, ''));

  expect([...new Set(classes)].sort()).toEqual(['$Module', 'package-info', ...Object.values<any>(types).map(({ name }) => name)].sort());
  expect(files.filter((file) => !file.endsWith('.class'))).toEqual([
    'META-INF/INDEX.LIST',
    'META-INF/MANIFEST.MF',
    ...['pom.properties', 'pom.xml'].map((file) => `META-INF/maven/io.github.cdktaskmanager/cdk-task-manager/${file}`),
    `${folder}/$Module.txt`,
    `${folder}/${TARBALL}`,
  ].sort());
  expect(filesOfTarball(contentOfArchive(jar(), `${folder}/${TARBALL}`))).toEqual(TARBALL_FILES);
});

test('the Go module has the code, and the npm package', () => {
  const files = readdirSync(packageFile('go', 'cdktaskmanager'), { recursive: true, encoding: 'utf8' });
  const { types } = JSON.parse(readFileSync(path.join(PROJECT, '.jsii'), 'utf8'));

  expect(files).toEqual(expect.arrayContaining([
    'LICENSE', 'README.md', 'go.mod', 'jsii/jsii.go', `jsii/cdk-task-manager-${VERSION}.tgz`, 'version',
    ...Object.values<any>(types).map(({ name }) => `${name}.go`),
  ]));
  expect(filesOfTarball(readFileSync(packageFile('go', 'cdktaskmanager', 'jsii', `cdk-task-manager-${VERSION}.tgz`)))).toEqual(TARBALL_FILES);
});

test('the processor package has both module formats of its three entry points, and their types', () => {
  expect(filesOfTarball(readFileSync(packageFile('processor', `cdk-task-manager-processor-${VERSION}.tgz`)))).toEqual([
    'LICENSE', 'README.md', ...['container', 'index', 'testing'].flatMap((name) => ['cjs', 'd.cts', 'd.mts', 'mjs'].map((extension) => `dist/${name}.${extension}`)),
    'package.json',
  ]);
});

test('the client package has both module formats and their types, and its code for live updates in files of its own', () => {
  expect(filesOfTarball(readFileSync(packageFile('client', `cdk-task-manager-client-${VERSION}.tgz`)))).toEqual([
    'LICENSE', 'README.md', 'dist/index.cjs', 'dist/index.d.cts', 'dist/index.d.mts', 'dist/index.mjs', 'dist/live-socket.js', 'dist/live-socket.mjs',
    'package.json',
  ]);
});

test('the package of the command line has its program, the files that it loads later, its page and the licences', () => {
  const files = Object.keys(bundlesIn(CLI_METAFILES.slice(0, 1)));
  expect(filesOfTarball(readFileSync(packageFile('cli', `cdk-task-manager-cli-${VERSION}.tgz`)))).toEqual([
    'LICENSE', 'README.md', 'THIRD-PARTY-LICENSES', ...files.map((file) => path.relative('cli', file)),
    'dist/page/index.html', 'dist/page/main.js', 'dist/page/style.css', 'package.json',
  ].sort());
});
