import { awscdk, Component } from 'projen';

/** Checks the public API after each compilation: names, documentation, and the samples in it and in the README. */
export class PublicApiChecks extends Component {
  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    project.compileTask.reset('jsii --silence-warnings=reserved-word --fail-on-warnings');
    project.postCompileTask.exec('tsx projenrc/check-names.ts', { name: 'Check the public names' });
    project.postCompileTask.exec('tsx projenrc/check-docs.ts', { name: 'Check that everything public is documented' });
    project.postCompileTask.exec('jsii-rosetta extract --strict', { name: 'Check the samples' });
    project.gitignore.exclude('.jsii.tabl.json');
    project.npmignore?.exclude('/rosetta/');
  }
}
