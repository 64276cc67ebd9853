import { Project } from 'projen';

/**
 * Takes the address of the package registry out of the release workflow: the publisher's default is the same one, and
 * a fork or a mirror then only has to configure its tools.
 */
export function withoutPackageHosts(project: Project): void {
  const release = project.tryFindObjectFile('.github/workflows/release.yml');
  if (!release) {
    throw new Error('.github/workflows/release.yml is not generated any more');
  }
  // The step that publishes is the tenth; test/project.test.ts fails when a new projen moves it.
  release.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY');
}
