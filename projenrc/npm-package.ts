import { awscdk, Component, JsonFile, Project, Task } from 'projen';

const DTS_BUNDLE_GENERATOR = 'dts-bundle-generator@9.5.1';

/** Name of the main entry point. */
const MAIN = 'index';

export interface NpmPackageOptions {
  /** Folder of the package. Its main entry point is `src/index.ts`. */
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

  /**
   * Further entry points: `x` is `src/x.ts`, which users import as `<name>/x`. If it imports the main entry point by the name of the
   * package, both share its code.
   *
   * @default - none
   */
  readonly furtherEntryPoints?: string[];

  /**
   * Modules that the code loads when it needs them: `import('./x.js')` loads `src/x.ts`, which becomes a file of its own. If it shares
   * more than types with the entry point, that becomes another file.
   *
   * @default - none
   */
  readonly lazyModules?: string[];

  /**
   * Packages that users install beside this one, and their versions.
   *
   * @default - none: the package is self-contained
   */
  readonly peerDependencies?: Record<string, string>;

  /**
   * Peer dependencies that only some users need. The code loads them when it uses them.
   *
   * @default - none
   */
  readonly optionalPeerDependencies?: Record<string, string>;
}

/**
 * Builds a folder as a further npm package, with the version of the main package.
 *
 * `dist/index.mjs`, `dist/index.cjs` and their declarations contain all imported code, such as that of `src/protocol/wire.ts`, except for
 * peer dependencies.
 */
export class NpmPackage extends Component {
  /** Returns all packages of a project. */
  public static of(project: Project): NpmPackage[] {
    return project.components.filter((component) => component instanceof NpmPackage);
  }

  public readonly directory: string;

  /** Directory of the archive that the task `package:…` creates. */
  public readonly artifactsDirectory: string;

  /** Writes the code without its declarations, as other code of this repository needs it. */
  public readonly bundleTask: Task;

  private readonly dist: string;
  private readonly entryPoints: string[];

  constructor(project: awscdk.AwsCdkConstructLibrary, private readonly options: NpmPackageOptions) {
    super(project);
    this.directory = options.directory;
    this.artifactsDirectory = `${project.artifactsDirectory}/${this.directory}`;
    this.dist = `${this.directory}/dist`;
    this.entryPoints = [MAIN, ...options.furtherEntryPoints ?? []];

    this.addManifest(project);
    this.addTsconfig(project);
    this.bundleTask = this.addBundle(project);
    const build = this.addBuild(project);
    this.addPack(project, build);

    project.addDevDeps(DTS_BUNDLE_GENERATOR);
    project.gitignore.exclude(`/${this.dist}/`);
    project.eslint?.addLintPattern(`${this.directory}/src`);
    project.jest?.config.collectCoverageFrom.push(`${this.directory}/src/**/*.ts`);
  }

  private addManifest(project: awscdk.AwsCdkConstructLibrary): void {
    const { name, description, keywords, peerDependencies, optionalPeerDependencies } = this.options;
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
        peerDependencies: peerDependencies || optionalPeerDependencies ? { ...peerDependencies, ...optionalPeerDependencies } : undefined,
        peerDependenciesMeta: optionalPeerDependencies
          && Object.fromEntries(Object.keys(optionalPeerDependencies).map((peer) => [peer, { optional: true }])),
        sideEffects: false,
        main: './dist/index.cjs',
        types: './dist/index.d.cts',
        exports: {
          ...Object.fromEntries(this.entryPoints.map((entryPoint) => [entryPoint === MAIN ? '.' : `./${entryPoint}`, {
            import: { types: `./dist/${entryPoint}.d.mts`, default: `./dist/${entryPoint}.mjs` },
            require: { types: `./dist/${entryPoint}.d.cts`, default: `./dist/${entryPoint}.cjs` },
          }])),
          './package.json': './package.json',
        },
        files: ['dist'],
        publishConfig: { access: 'public' },
      },
    });
  }

  private addTsconfig(project: awscdk.AwsCdkConstructLibrary): void {
    const { name, lib, types = [], furtherEntryPoints } = this.options;
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
          // Further entry points import the main one as users do.
          paths: furtherEntryPoints && { [name]: [`./src/${MAIN}.ts`] },
          declaration: true,
          noEmit: true,
        },
        include: ['src'],
      },
    });
  }

  private addBundle(project: awscdk.AwsCdkConstructLibrary): Task {
    const { directory, dist } = this;
    const { name, lazyModules = [], peerDependencies, optionalPeerDependencies, furtherEntryPoints, types } = this.options;
    const external = [...furtherEntryPoints ? [name] : [], ...Object.keys({ ...peerDependencies, ...optionalPeerDependencies })];
    const esbuild = [
      `esbuild --bundle --log-level=warning --tsconfig=${directory}/tsconfig.json --target=es2022`,
      // Names stay, so that a stack trace is readable.
      '--minify-whitespace --minify-syntax',
      ...external.map((imported) => `--external:${imported}`),
    ].join(' ');
    // For Node.js, esbuild knows its modules. In a CommonJS module, it lists the exports so that ES modules can import them by name.
    const esm = `--format=esm${types?.includes('node') ? ' --platform=node' : ''}`;
    // `require` loads optional packages and lazy modules, because `import()` fails in the sandbox of jest.
    const loadsLater = optionalPeerDependencies || lazyModules.length > 0;
    const cjs = `--format=cjs --platform=node${loadsLater ? ' --supported:dynamic-import=false' : ''}`;
    // esbuild splits only ES modules.
    const split = lazyModules.length > 0 ? ' --splitting "--chunk-names=[name]"' : '';
    const lazy = lazyModules.map((module) => ` --external:./${module}.js`).join('');
    return project.addTask(`bundle:${directory}`, {
      description: `Bundle the code of ${name}`,
      steps: [
        ...this.entryPoints.flatMap((entryPoint) => [
          { exec: `${esbuild} ${directory}/src/${entryPoint}.ts ${esm}${split} --outdir=${dist} --out-extension:.js=.mjs` },
          { exec: `${esbuild} ${directory}/src/${entryPoint}.ts ${cjs}${lazy} --outfile=${dist}/${entryPoint}.cjs` },
        ]),
        ...lazyModules.map((module) => ({ exec: `${esbuild} ${directory}/src/${module}.ts ${cjs} --outfile=${dist}/${module}.js` })),
      ],
    });
  }

  private addBuild(project: awscdk.AwsCdkConstructLibrary): Task {
    const { directory, dist } = this;
    const declarations = `dts-bundle-generator --silent --no-banner --export-referenced-types false --project ${directory}/tsconfig.json`;
    const build = project.addTask(`build:${directory}`, {
      description: `Build the package ${this.options.name}`,
      steps: [
        { exec: `rm -rf ${dist}` },
        { exec: `tsc --project ${directory}` },
        { spawn: this.bundleTask.name },
        // Declarations without relative imports work for both formats.
        ...this.entryPoints.flatMap((entryPoint) => [
          { exec: `${declarations} --out-file ${dist}/${entryPoint}.d.mts ${directory}/src/${entryPoint}.ts` },
          { exec: `cp ${dist}/${entryPoint}.d.mts ${dist}/${entryPoint}.d.cts` },
        ]),
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
