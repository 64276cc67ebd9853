import { awscdk, Component, github } from 'projen';
import { NpmPackage } from './npm-package';
import { PythonPackage } from './python-package';

/**
 * Version of Node.js in the jobs that publish to npm. It contains npm 11.5.1 or newer, which trusted publishing needs.
 *
 * @see https://docs.npmjs.com/trusted-publishers
 */
const NODE_TO_PUBLISH = '24';

interface PublishOptions {
  readonly name: string;
  readonly tools: github.workflows.Tools;
  /** The command that publishes. */
  readonly run: string;
  readonly env: Record<string, string>;
}

/** Adds the further npm and Python packages and the bill of materials to a release. */
export class ReleaseExtras extends Component {
  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    const { release } = project;
    if (!release) throw new Error('projen no longer creates a release workflow');

    const sbom = project.addTask('sbom', { description: 'Write the bill of materials', exec: 'tsx projenrc/write-sbom.ts' });
    project.packageTask.spawn(sbom);
    release.publisher.addGitHubPostPublishingSteps({
      name: 'Attach the bill of materials',
      if: '${{ !inputs.dry_run }}',
      run: `gh release upload "$(cat dist/releasetag.txt)" ${project.artifactsDirectory}/sbom.cdx.json --clobber -R "$GITHUB_REPOSITORY"`,
      env: { GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}' },
    });

    release.addJobs(Object.fromEntries([
      ...NpmPackage.of(project).map(({ artifactsDirectory, directory }) => this.publishing(project, jobOf('npm', directory), {
        name: `Publish the ${directory} to npm`,
        tools: { node: { version: NODE_TO_PUBLISH } },
        run: `npx -p publib@latest publib-npm ${artifactsDirectory}`,
        env: { NPM_DIST_TAG: 'latest', NPM_CONFIG_PROVENANCE: 'true', NPM_TRUSTED_PUBLISHER: 'true' },
      })),
      ...PythonPackage.of(project).map(({ artifactsDirectory, directory }) => this.publishing(project, jobOf('pypi', directory), {
        name: `Publish the ${directory} to PyPI`,
        tools: { node: { version: project.minNodeVersion! }, python: { version: '3.x' } },
        run: `npx -p publib@latest publib-pypi ${artifactsDirectory}`,
        env: { PYPI_TRUSTED_PUBLISHER: 'true' },
      })),
    ]));
  }

  public preSynthesize(): void {
    const workflow = this.project.tryFindObjectFile('.github/workflows/release.yml')!;
    // The release is tagged after all packages are published.
    workflow.addToArray('jobs.release_github.needs', ...NpmPackage.of(this.project).map(({ directory }) => jobOf('npm', directory)));
    workflow.addToArray('jobs.release_github.needs', ...PythonPackage.of(this.project).map(({ directory }) => jobOf('pypi', directory)));
    // The first step installs Node.js. test/project.test.ts fails if a new version of projen moves it.
    workflow.addOverride('jobs.release_npm.steps.0.with.node-version', NODE_TO_PUBLISH);
    // Maven Central no longer has staging profiles.
    workflow.addDeletionOverride('jobs.release_maven.steps.10.env.MAVEN_STAGING_PROFILE_ID');
  }

  /** Returns a job with its id. */
  private publishing(project: awscdk.AwsCdkConstructLibrary, id: string, options: PublishOptions): [string, github.workflows.Job] {
    const { name, tools, run, env } = options;
    return [id, {
      name,
      needs: ['release'],
      if: "needs.release.outputs.tag_exists != 'true' && needs.release.outputs.latest_commit == github.sha",
      runsOn: ['ubuntu-latest'],
      // The registry trusts the identity token of the job instead of a secret. npm also creates the provenance from it.
      permissions: { idToken: github.workflows.JobPermission.WRITE, contents: github.workflows.JobPermission.READ },
      tools,
      steps: [
        github.WorkflowSteps.downloadArtifact({
          name: 'Download build artifacts',
          with: { artifactIds: ['${{ needs.release.outputs.artifact_id }}'], path: project.artifactsDirectory },
        }),
        { name: 'Release', run, env: { ...env, PUBLIB_DRYRUN: '${{ inputs.dry_run }}' } },
      ],
    }];
  }
}

function jobOf(registry: 'npm' | 'pypi', directory: string): string {
  return `release_${registry}_${directory.replaceAll('-', '_')}`;
}
