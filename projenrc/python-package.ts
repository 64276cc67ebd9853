import { awscdk, Component, Project, TomlFile } from 'projen';

export interface PythonPackageOptions {
  /** Folder of the package. Its module is in `src`. */
  readonly directory: string;
  /** Name on PyPI. Its module has the same name with underscores. */
  readonly name: string;
  readonly description: string;
  readonly keywords: string[];
  /** Oldest version of Python that it supports, such as `3.10`. */
  readonly oldestPython: string;
}

/** Builds a folder as a Python package, with the version of the main package. */
export class PythonPackage extends Component {
  /** Returns all packages of a project. */
  public static of(project: Project): PythonPackage[] {
    return project.components.filter((component) => component instanceof PythonPackage);
  }

  public readonly directory: string;

  /** Directory of the wheel and the source distribution that the task `package:…` creates. */
  public readonly artifactsDirectory: string;

  constructor(project: awscdk.AwsCdkConstructLibrary, private readonly options: PythonPackageOptions) {
    super(project);
    this.directory = options.directory;
    this.artifactsDirectory = `${project.artifactsDirectory}/${this.directory}`;

    this.addManifest(project);
    this.addPack(project);
    project.npmignore?.exclude(`/${this.directory}/`);
  }

  private addManifest(project: awscdk.AwsCdkConstructLibrary): void {
    const { name, description, keywords, oldestPython } = this.options;
    const { repository, author, license, bugs, homepage } = project.package.manifest;
    const module = name.replaceAll('-', '_');
    new TomlFile(project, `${this.directory}/pyproject.toml`, {
      obj: {
        'build-system': { 'requires': ['flit_core >=3.12,<5'], 'build-backend': 'flit_core.buildapi' },
        'project': {
          name,
          'version': '0.0.0',
          description,
          'readme': 'README.md',
          license,
          'license-files': ['LICENSE'],
          'authors': [{ name: author.name, email: author.email }],
          keywords,
          'requires-python': `>=${oldestPython}`,
          'classifiers': [
            'Development Status :: 4 - Beta',
            'Intended Audience :: Developers',
            'Operating System :: OS Independent',
            'Programming Language :: Python :: 3',
            'Typing :: Typed',
          ],
          'urls': {
            Homepage: homepage,
            Source: `${repository.url.replace(/\.git$/, '')}/tree/main/${this.directory}`,
            Issues: bugs.url,
          },
        },
        'tool': {
          flit: { module: { name: module } },
          mypy: {
            strict: true,
            python_version: oldestPython,
            overrides: [{ module: ['aws_xray_sdk.*', 'boto3.*', 'botocore.*'], ignore_missing_imports: true }],
          },
          pytest: { ini_options: { addopts: '-p no:cacheprovider', pythonpath: ['src'], filterwarnings: ['error'] } },
        },
      },
    });
  }

  private addPack(project: awscdk.AwsCdkConstructLibrary): void {
    const pack = project.addTask(`package:${this.directory}`, {
      description: `Create the wheel and the source distribution of ${this.options.name}`,
      exec: `tsx projenrc/build-python-package.ts ${this.directory} ${this.artifactsDirectory}`,
    });
    project.packageTask.spawn(pack);
    project.tasks.tryFind('package-all')!.spawn(pack);
  }
}
