import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { anchorsOf } from './support/page-anchors';

const PROJECT = path.join(__dirname, '..');
const trackedFiles = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT, encoding: 'utf8' }).split('\0').filter(Boolean);

test('no file names the host of a package registry', () => {
  const host = /registry\.npmjs|pypi\.org|repo1?\.maven|proxy\.golang/;
  const naming = trackedFiles.filter((file) => host.test(readFileSync(path.join(PROJECT, file), 'utf8')));
  expect(naming).toEqual([]);
});

test('what the build workflow runs is executable', () => {
  expect(readFileSync(path.join(PROJECT, '.github/workflows/build.yml'), 'utf8')).toContain('run: .ci/run\n');
  expect(execFileSync('git', ['ls-files', '--stage', '.ci/run'], { cwd: PROJECT, encoding: 'utf8' })).toMatch(/^100755 /);
});

test('the package has no dependencies except its peers', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
});

test.each([['package.json', 'README.md'], ['cli/package.json', 'cli/README.md'], ['client/package.json', 'client/README.md'], ['processor/package.json', 'processor/README.md']])('%s and %s state the same stability', (manifest, readme) => {
  const { stability } = JSON.parse(readFileSync(path.join(PROJECT, manifest), 'utf8'));
  expect(stability).toBe('experimental');
  expect(readFileSync(path.join(PROJECT, readme), 'utf8')).toMatch(/^> \*\*Experimental\.\*\* /m);
});

test('processor-python/pyproject.toml and processor-python/README.md state the same stability', () => {
  expect(readFileSync(path.join(PROJECT, 'processor-python/pyproject.toml'), 'utf8')).toContain('"Development Status :: 4 - Beta"');
  expect(readFileSync(path.join(PROJECT, 'processor-python/README.md'), 'utf8')).toMatch(/^> \*\*Experimental\.\*\* /m);
});

describe('the release workflow', () => {
  const jobs = new Map(readFileSync(path.join(PROJECT, '.github/workflows/release.yml'), 'utf8').split(/\n  (?=\w+:\n)/)
    .map((job) => [/^\w+/.exec(job)?.[0], job]));
  const releasing = readFileSync(path.join(PROJECT, 'docs/releasing.md'), 'utf8');

  test.each(['release_npm', 'release_npm_cli', 'release_npm_client', 'release_npm_processor', 'release_pypi', 'release_pypi_processor_python', 'release_nuget'])('publishes with the identity of %s instead of a token', (name) => {
    const job = jobs.get(name)!;
    expect(job).toContain('id-token: write');
    expect(job).toMatch(/_TRUSTED_PUBLISHER: "true"/);
    expect(job).not.toMatch(/secrets\.\w*(TOKEN|PASSWORD|KEY)/);
  });

  test.each(['release_npm', 'release_npm_cli', 'release_npm_client', 'release_npm_processor'])('publishes in %s with a Node.js whose npm supports trusted publishing', (name) => {
    expect(jobs.get(name)).toMatch(/setup-node@\S+\n\s+with:\n\s+node-version: "?24"?\n/);
  });

  test('needs only secrets that docs/releasing.md explains', () => {
    const secrets = [...jobs.values()].flatMap((job) => [...job.matchAll(/secrets\.(\w+)/g)].map(([, secret]) => secret));
    const own = new Set(secrets.filter((secret) => secret !== 'GITHUB_TOKEN'));
    expect([...own].filter((secret) => !releasing.includes(`\`${secret}\``))).toEqual([]);
  });
});

describe('links', () => {
  const REPOSITORY = 'https://github.com/cdk-task-manager/cdk-task-manager/blob/main/';
  const pages = trackedFiles.filter((file) => file.endsWith('.md'));
  const read = (file: string) => readFileSync(path.join(PROJECT, file), 'utf8');
  const linksOf = (file: string) => [...read(file).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(([, link, reference]) => link ?? reference);
  const isRelative = (link: string) => !/^(#|[a-z]+:)/.test(link);
  const exists = (file: string) => existsSync(path.join(PROJECT, file));

  /** Returns the links of a page into the repository, as a file and an anchor. */
  function targetsOf(page: string): { file: string; anchor?: string }[] {
    return linksOf(page).flatMap((link) => {
      const [address, anchor] = link.split('#', 2);
      if (address === '') return [{ file: page, anchor }];
      if (link.startsWith(REPOSITORY)) return [{ file: address.slice(REPOSITORY.length), anchor }];
      return isRelative(link) ? [{ file: path.join(path.dirname(page), address), anchor }] : [];
    });
  }

  test.each(pages)('of %s within the repository exist', (page) => {
    expect(targetsOf(page).map(({ file }) => file).filter((file) => !exists(file))).toEqual([]);
  });

  test.each(pages)('of %s point to existing sections', (page) => {
    const toSections = targetsOf(page).filter(({ file, anchor }) => anchor !== undefined && file.endsWith('.md') && exists(file));
    expect(toSections.filter(({ file, anchor }) => !anchorsOf(read(file)).includes(anchor!))).toEqual([]);
  });

  test.each(['README.md', 'cli/README.md', 'client/README.md', 'processor/README.md', 'processor-python/README.md'])('of %s also work on the pages of package registries', (file) => {
    expect(linksOf(file).filter(isRelative)).toEqual([]);
  });
});
