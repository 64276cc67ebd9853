import { Project } from 'projen';

/**
 * Removes the URL of the package registry from the release workflow. It is the default of the publisher, and without it a fork or a mirror
 * only has to configure its tools.
 */
export function withoutPackageHosts(project: Project): void {
  const release = project.tryFindObjectFile('.github/workflows/release.yml');
  if (!release) {
    throw new Error('projen no longer creates .github/workflows/release.yml');
  }
  // The tenth step publishes. test/project.test.ts fails if a new version of projen moves it.
  release.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY');
}
