import { awscdk, Component, Task } from 'projen';

/** The command that makes the packages of languages, without its targets. */
export const PACMAK = [
  'jsii-pacmak', '-v',
  // A sample without a translation would stay TypeScript in the documentation of every language.
  '--rosetta-unknown-snippets=fail',
  // The examples use this repository, too.
  '--maven-local-repository=.m2/repository',
];

/**
 * Makes `package-all` start from the sources: it compiles, and translates the samples, before it packages. Otherwise it would need what an
 * earlier command left behind.
 */
export class LanguagePackages extends Component {
  public static readonly LANGUAGES = ['js', 'java', 'python', 'dotnet', 'go'];

  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    const task = (name: string): Task => {
      const found = project.tasks.tryFind(name);
      if (!found) throw new Error(`the project has no task '${name}' any more`);
      return found;
    };
    for (const language of LanguagePackages.LANGUAGES) task(`package:${language}`).reset([...PACMAK, '--target', language].join(' '));

    const packageLanguages = project.addTask('package:languages', {
      description: 'Create the bindings of all languages from what is compiled',
      exec: 'tsx projenrc/package-languages.ts',
    });
    const packageAll = task('package-all');
    packageAll.reset();
    for (const step of [project.preCompileTask, project.compileTask, project.postCompileTask, packageLanguages]) packageAll.spawn(step);

    // projen's own steps, except that a build has compiled already when it packages. In CI, each language is a job of its own.
    project.packageTask.reset();
    project.packageTask.spawn(task('package:js'), { condition: 'node -e "if (!process.env.CI) process.exit(1)"' });
    project.packageTask.spawn(packageLanguages, { condition: 'node -e "if (process.env.CI) process.exit(1)"' });
  }
}
