import { awscdk, Component, Task } from 'projen';

/** The command that creates the packages of all languages, without its targets. */
export const PACMAK = [
  'jsii-pacmak', '-v',
  // Without a translation, a sample would be TypeScript in the documentation of every language.
  '--rosetta-unknown-snippets=fail',
  // The examples use the same Maven repository.
  '--maven-local-repository=.m2/repository',
];

/**
 * Makes `package-all` start from the sources: it compiles, translates the samples, and then packages. Otherwise it would need the output of
 * an earlier command.
 */
export class LanguagePackages extends Component {
  public static readonly LANGUAGES = ['js', 'java', 'python', 'dotnet', 'go'];

  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    const task = (name: string): Task => {
      const found = project.tasks.tryFind(name);
      if (!found) throw new Error(`projen no longer creates the task '${name}'`);
      return found;
    };
    for (const language of LanguagePackages.LANGUAGES) task(`package:${language}`).reset([...PACMAK, '--target', language].join(' '));

    const packageLanguages = project.addTask('package:languages', {
      description: 'Create the bindings of all languages from the compiled sources',
      exec: 'tsx projenrc/package-languages.ts',
    });
    const packageAll = task('package-all');
    packageAll.reset();
    for (const step of [project.preCompileTask, project.compileTask, project.postCompileTask, packageLanguages]) packageAll.spawn(step);

    // The same steps as in projen, but the sources are already compiled. In CI, each language is a job.
    project.packageTask.reset();
    project.packageTask.spawn(task('package:js'), { condition: 'node -e "if (!process.env.CI) process.exit(1)"' });
    project.packageTask.spawn(packageLanguages, { condition: 'node -e "if (process.env.CI) process.exit(1)"' });
  }
}
