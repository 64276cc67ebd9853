import { awscdk, Component, JsonFile, Project, Task, TaskStep } from 'projen';

export interface NpmPackageOptions {
  /** Folder of the package. Its code is in `src`. */
  readonly directory: string;
  readonly name: string;
  readonly description: string;
  readonly keywords: string[];
}

/** Folder with a `tsconfig.json`, and what its code can use. */
export interface TsconfigOptions {
  readonly directory: string;
  readonly include: string[];
  /** Libraries of TypeScript. */
  readonly lib: string[];
  /**
   * Packages with global types.
   *
   * @default - none
   */
  readonly types?: string[];
  /** Further options of the compiler. */
  readonly compilerOptions?: Record<string, unknown>;
}

/** Builds a folder as a further npm package, with the version of the main package. Its `dist` contains all imported code. */
export abstract class NpmPackage<Options extends NpmPackageOptions = NpmPackageOptions> extends Component {
  /** Returns all packages of a project. */
  public static of(project: Project): NpmPackage[] {
    return project.components.filter((component) => component instanceof NpmPackage);
  }

  public readonly directory: string;

  /** Directory of the archive that the task `package:…` creates. */
  public readonly artifactsDirectory: string;

  protected readonly dist: string;

  constructor(project: awscdk.AwsCdkConstructLibrary, protected readonly options: Options) {
    super(project);
    this.directory = options.directory;
    this.artifactsDirectory = `${project.artifactsDirectory}/${this.directory}`;
    this.dist = `${this.directory}/dist`;

    project.gitignore.exclude(`/${this.dist}/`);
    project.npmignore?.exclude(`/${this.directory}/`);
    project.eslint?.addLintPattern(`${this.directory}/src`);
  }

  /** Writes `package.json`, with the members of the kind of package. */
  protected addManifest(project: awscdk.AwsCdkConstructLibrary, members: object, furtherFiles: string[] = []): void {
    const { name, description, keywords } = this.options;
    const { repository, author, license, stability } = project.package.manifest;
    new JsonFile(project, `${this.directory}/package.json`, {
      obj: {
        name,
        version: '0.0.0',
        description,
        keywords,
        repository: { ...repository, directory: this.directory },
        author,
        license,
        stability,
        engines: { node: '>= 20' },
        ...members,
        files: ['dist', ...furtherFiles],
        publishConfig: { access: 'public' },
      },
    });
  }

  protected addTsconfig(project: awscdk.AwsCdkConstructLibrary, options: TsconfigOptions): void {
    const { directory, include, lib, types = [], compilerOptions } = options;
    new JsonFile(project, `${directory}/tsconfig.json`, {
      obj: {
        compilerOptions: {
          strict: true,
          noImplicitReturns: true,
          noUnusedLocals: true,
          noUnusedParameters: true,
          target: 'ES2022',
          lib,
          types,
          useDefineForClassFields: false,
          module: 'preserve',
          ...compilerOptions,
          noEmit: true,
        },
        include,
      },
    });
  }

  /** Adds the task `build:…`, which starts without old output. */
  protected addBuild(project: awscdk.AwsCdkConstructLibrary, steps: TaskStep[]): Task {
    const build = project.addTask(`build:${this.directory}`, {
      description: `Build the package ${this.options.name}`,
      steps: [{ exec: `rm -rf ${this.dist}` }, ...steps],
    });
    project.testTask.prependSpawn(build);
    return build;
  }

  /** Adds the task `package:…`, which creates the archive. */
  protected addPack(project: awscdk.AwsCdkConstructLibrary, build: Task, furtherFiles: string[] = []): void {
    const { artifactsDirectory, directory, dist } = this;
    const staging = `${artifactsDirectory}/package`;
    const files = [...['package.json', 'README.md', ...furtherFiles].map((file) => `${directory}/${file}`), dist, 'LICENSE'];
    const pack = project.addTask(`package:${directory}`, {
      description: `Create the archive of ${this.options.name}`,
      steps: [
        { spawn: build.name },
        { exec: `rm -rf ${artifactsDirectory} && mkdir -p ${staging}` },
        { exec: `cp -R ${files.join(' ')} ${staging} && chmod u+w ${staging}/package.json` },
        { exec: 'npm pkg set version=$(node -p "require(\'../../../package.json\').version")', cwd: staging },
        { exec: 'npm pack --pack-destination ..', cwd: staging },
        { exec: `rm -rf ${staging}` },
      ],
    });
    project.packageTask.spawn(pack);
  }
}
