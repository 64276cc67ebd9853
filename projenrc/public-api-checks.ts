import { awscdk, Component } from 'projen';

/** Checks after each compilation what users of any language see: the names, and the samples of the README and the docstrings. */
export class PublicApiChecks extends Component {
  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    project.postCompileTask.exec('tsx projenrc/check-names.ts', { name: 'Check the public names' });
    project.postCompileTask.exec('jsii-rosetta extract --strict', { name: 'Check the samples' });
    project.gitignore.exclude('.jsii.tabl.json');
    project.npmignore?.exclude('/rosetta/');
  }
}
