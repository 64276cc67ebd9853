import { awscdk, Component, JsonFile, Project, Task } from 'projen';

const DTS_BUNDLE_GENERATOR = 'dts-bundle-generator@9.5.1';

export interface NpmPackageOptions {
  /** Folder of the package. Its entry point is `src/index.ts`. */
  readonly directory: string;
  readonly name: string;
  readonly description: string;
  readonly keywords: string[];
  /** Libraries of TypeScript that the code can use. For browsers, they include `DOM`. */
  readonly lib: string[];
  /**
   * Packages with global types that the code can use.
   *
   * @default - none
   */
  readonly types?: string[];
}

/**
 * Builds a folder as a further npm package, with the version of the main package.
 *
 * The package is self-contained: `dist/index.mjs`, `dist/index.cjs` and their declarations contain all imported code, such as that of
 * `src/protocol/wire.ts`.
 */
export class NpmPackage extends Component {
  /** Returns all packages of a project. */
  public static of(project: Project): NpmPackage[] {
    return project.components.filter((component) => component instanceof NpmPackage);
  }

  public readonly directory: string;

  /** Directory of the archive that the task `package:…` creates. */
  public readonly artifactsDirectory: string;

  private readonly dist: string;

  constructor(project: awscdk.AwsCdkConstructLibrary, private readonly options: NpmPackageOptions) {
    super(project);
    this.directory = options.directory;
    this.artifactsDirectory = `${project.artifactsDirectory}/${this.directory}`;
    this.dist = `${this.directory}/dist`;

    this.addManifest(project);
    this.addTsconfig(project);
    const build = this.addBuild(project);
    this.addPack(project, build);

    project.addDevDeps(DTS_BUNDLE_GENERATOR);
    project.gitignore.exclude(`/${this.dist}/`);
    project.eslint?.addLintPattern(`${this.directory}/src`);
    project.jest?.config.collectCoverageFrom.push(`${this.directory}/src/**/*.ts`);
  }

  private addManifest(project: awscdk.AwsCdkConstructLibrary): void {
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
        sideEffects: false,
        main: './dist/index.cjs',
        types: './dist/index.d.cts',
        exports: {
          '.': {
            import: { types: './dist/index.d.mts', default: './dist/index.mjs' },
            require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
          },
          './package.json': './package.json',
        },
        files: ['dist'],
        publishConfig: { access: 'public' },
      },
    });
  }

  private addTsconfig(project: awscdk.AwsCdkConstructLibrary): void {
    const { lib, types = [] } = this.options;
    new JsonFile(project, `${this.directory}/tsconfig.json`, {
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
          declaration: true,
          noEmit: true,
        },
        include: ['src'],
      },
    });
  }

  private addBuild(project: awscdk.AwsCdkConstructLibrary): Task {
    const { directory, dist } = this;
    const tsconfig = `${directory}/tsconfig.json`;
    const entry = `${directory}/src/index.ts`;
    const esbuild = `esbuild ${entry} --bundle --log-level=warning --tsconfig=${tsconfig} --target=es2022`
      // Names stay, so that a stack trace is readable.
      + ' --minify-whitespace --minify-syntax';
    const declarations = `dts-bundle-generator --silent --no-banner --export-referenced-types false --project ${tsconfig}`;
    const build = project.addTask(`build:${directory}`, {
      description: `Build the package ${this.options.name}`,
      steps: [
        { exec: `rm -rf ${dist}` },
        { exec: `tsc --project ${directory}` },
        { exec: `${esbuild} --format=esm --outfile=${dist}/index.mjs` },
        // With this platform, esbuild lists the exports so that ES modules can import them by name.
        { exec: `${esbuild} --format=cjs --platform=node --outfile=${dist}/index.cjs` },
        // Declarations without imports work for both formats.
        { exec: `${declarations} --out-file ${dist}/index.d.mts ${entry}` },
        { exec: `cp ${dist}/index.d.mts ${dist}/index.d.cts` },
      ],
    });
    project.testTask.prependSpawn(build);
    return build;
  }

  private addPack(project: awscdk.AwsCdkConstructLibrary, build: Task): void {
    const { artifactsDirectory, directory, dist } = this;
    const staging = `${artifactsDirectory}/package`;
    const pack = project.addTask(`package:${directory}`, {
      description: `Create the archive of ${this.options.name}`,
      steps: [
        { spawn: build.name },
        { exec: `rm -rf ${artifactsDirectory} && mkdir -p ${staging}` },
        { exec: `cp -R ${directory}/package.json ${directory}/README.md ${dist} LICENSE ${staging} && chmod u+w ${staging}/package.json` },
        { exec: 'npm pkg set version=$(node -p "require(\'../../../package.json\').version")', cwd: staging },
        { exec: 'npm pack --pack-destination ..', cwd: staging },
        { exec: `rm -rf ${staging}` },
      ],
    });
    project.packageTask.spawn(pack);
  }
}
