import { awscdk, Component, github } from 'projen';
import { ClientPackage } from './client-package';

const CLIENT_JOB = 'release_npm_client';

/** What a release has beside the packages that projen knows of: the client package, and the bill of materials. */
export class ReleaseExtras extends Component {
  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    const { release } = project;
    if (!release) throw new Error('the project has no release workflow any more');

    const sbom = project.addTask('sbom', { description: 'Write the bill of materials', exec: 'tsx projenrc/write-sbom.ts' });
    project.packageTask.spawn(sbom);
    release.publisher.addGitHubPostPublishingSteps({
      name: 'Attach the bill of materials',
      if: '${{ !inputs.dry_run }}',
      run: `gh release upload "$(cat dist/releasetag.txt)" ${project.artifactsDirectory}/sbom.cdx.json --clobber -R "$GITHUB_REPOSITORY"`,
      env: { GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}' },
    });

    release.addJobs({
      [CLIENT_JOB]: {
        name: 'Publish the client to npm',
        needs: ['release'],
        if: "needs.release.outputs.tag_exists != 'true' && needs.release.outputs.latest_commit == github.sha",
        runsOn: ['ubuntu-latest'],
        // The token of the job is what npm makes the provenance of.
        permissions: { idToken: github.workflows.JobPermission.WRITE, contents: github.workflows.JobPermission.READ },
        tools: { node: { version: project.minNodeVersion! } },
        steps: [
          github.WorkflowSteps.downloadArtifact({
            name: 'Download build artifacts',
            with: { artifactIds: ['${{ needs.release.outputs.artifact_id }}'], path: project.artifactsDirectory },
          }),
          {
            name: 'Release',
            run: `npx -p publib@latest publib-npm ${project.artifactsDirectory}/${ClientPackage.DIRECTORY}`,
            env: {
              NPM_DIST_TAG: 'latest',
              NPM_CONFIG_PROVENANCE: 'true',
              NPM_TOKEN: '${{ secrets.NPM_TOKEN }}',
              PUBLIB_DRYRUN: '${{ inputs.dry_run }}',
            },
          },
        ],
      },
    });
  }

  public preSynthesize(): void {
    // A version is tagged when all of its packages are published.
    this.project.tryFindObjectFile('.github/workflows/release.yml')!.addToArray('jobs.release_github.needs', CLIENT_JOB);
  }
}
