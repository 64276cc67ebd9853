import { awscdk, Component, github } from 'projen';

/** Runs `.ci/run` on each pull request, which contributors can run, too. The workflow of projen would only build. */
export class BuildWorkflow extends Component {
  private static readonly JOB = 'build';

  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    const workflow = project.github!.addWorkflow(BuildWorkflow.JOB);
    workflow.on({ pullRequest: {}, workflowDispatch: {} });
    workflow.addJob(BuildWorkflow.JOB, {
      runsOn: ['ubuntu-latest'],
      permissions: { contents: github.workflows.JobPermission.READ },
      env: { CI: 'true' },
      timeoutMinutes: 90,
      tools: {
        // The oldest supported version.
        node: { version: project.minNodeVersion! },
        python: { version: '3.11' },
        java: { version: '17' },
        go: { version: 'stable' },
        dotnet: { version: '8.x' },
      },
      steps: [
        github.WorkflowSteps.checkout(),
        { name: 'Run CI', run: '.ci/run' },
      ],
    });

    new github.AutoMerge(project.github!).addConditions(`status-success=${BuildWorkflow.JOB}`);
  }
}
