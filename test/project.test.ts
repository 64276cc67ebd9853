import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const PROJECT = path.join(__dirname, '..');
const trackedFiles = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT, encoding: 'utf8' }).split('\0').filter(Boolean);

test('no file names the host of a package registry', () => {
  const host = /registry\.npmjs|pypi\.org|repo1?\.maven|proxy\.golang/;
  const naming = trackedFiles.filter((file) => host.test(readFileSync(path.join(PROJECT, file), 'utf8')));
  expect(naming).toEqual([]);
});

test('the package has no dependencies but its peers', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
});

test.each([['package.json', 'README.md'], ['client/package.json', 'client/README.md']])('%s and %s state the same stability', (manifest, readme) => {
  const { stability } = JSON.parse(readFileSync(path.join(PROJECT, manifest), 'utf8'));
  expect(stability).toBe('experimental');
  expect(readFileSync(path.join(PROJECT, readme), 'utf8')).toMatch(/^> \*\*Experimental\.\*\* /m);
});

describe('the release workflow', () => {
  const jobs = new Map(readFileSync(path.join(PROJECT, '.github/workflows/release.yml'), 'utf8').split(/\n  (?=\w+:\n)/)
    .map((job) => [/^\w+/.exec(job)?.[0], job]));
  const releasing = readFileSync(path.join(PROJECT, 'docs/releasing.md'), 'utf8');

  test.each(['release_npm', 'release_npm_client', 'release_pypi', 'release_nuget'])('publishes by the identity of %s instead of a token', (name) => {
    const job = jobs.get(name)!;
    expect(job).toContain('id-token: write');
    expect(job).toMatch(/_TRUSTED_PUBLISHER: "true"/);
    expect(job).not.toMatch(/secrets\.\w*(TOKEN|PASSWORD|KEY)/);
  });

  test.each(['release_npm', 'release_npm_client'])('publishes in %s with a Node.js whose npm knows trusted publishing', (name) => {
    expect(jobs.get(name)).toMatch(/setup-node@\S+\n\s+with:\n\s+node-version: "?24"?\n/);
  });

  test('needs no secrets but those that docs/releasing.md explains', () => {
    const secrets = [...jobs.values()].flatMap((job) => [...job.matchAll(/secrets\.(\w+)/g)].map(([, secret]) => secret));
    const own = new Set(secrets.filter((secret) => secret !== 'GITHUB_TOKEN'));
    expect([...own].filter((secret) => !releasing.includes(`\`${secret}\``))).toEqual([]);
  });
});

describe('links', () => {
  const REPOSITORY = 'https://github.com/cdk-task-manager/cdk-task-manager/blob/main/';
  const linksOf = (file: string) => [...readFileSync(path.join(PROJECT, file), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const isRelative = (link: string) => !/^(#|[a-z]+:)/.test(link);

  test.each(trackedFiles.filter((file) => file.endsWith('.md')))('of %s within the repository lead somewhere', (file) => {
    const targets = linksOf(file).flatMap((link) => {
      if (link.startsWith(REPOSITORY)) return [link.slice(REPOSITORY.length)];
      return isRelative(link) ? [path.join(path.dirname(file), link)] : [];
    });
    expect(targets.filter((target) => !existsSync(path.join(PROJECT, target.replace(/#.*/, ''))))).toEqual([]);
  });

  test.each(['README.md', 'client/README.md'])('of %s work on the pages of package registries, too', (file) => {
    expect(linksOf(file).filter(isRelative)).toEqual([]);
  });
});
