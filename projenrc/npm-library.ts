import { awscdk, Task, TaskStep } from 'projen';
import { NpmPackage, NpmPackageOptions } from './npm-package';

const DTS_BUNDLE_GENERATOR = 'dts-bundle-generator@9.5.1';

/** Name of the main entry point. */
const MAIN = 'index';

/** The main entry point is `src/index.ts`. */
export interface NpmLibraryOptions extends NpmPackageOptions {
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
 * An npm package that other code imports: `dist/index.mjs`, `dist/index.cjs` and their declarations contain all imported code, such as that
 * of `src/protocol/wire.ts`, except for peer dependencies.
 */
export class NpmLibrary extends NpmPackage<NpmLibraryOptions> {
  /** Writes the code without its declarations, as other code of this repository needs it. */
  public readonly bundleTask: Task;

  private readonly entryPoints: string[];

  constructor(project: awscdk.AwsCdkConstructLibrary, options: NpmLibraryOptions) {
    super(project, options);
    const { directory, name, lib, types, furtherEntryPoints = [] } = options;
    this.entryPoints = [MAIN, ...furtherEntryPoints];

    this.addManifest(project, this.manifest());
    this.addTsconfig(project, {
      directory,
      include: ['src'],
      lib,
      types,
      // Further entry points import the main one as users do.
      compilerOptions: { paths: furtherEntryPoints.length > 0 ? { [name]: [`./src/${MAIN}.ts`] } : undefined, declaration: true },
    });
    this.bundleTask = this.addBundle(project);
    this.addPack(project, this.addBuild(project, [
      { exec: `tsc --project ${directory}` },
      { spawn: this.bundleTask.name },
      ...this.declarations(),
    ]));

    project.addDevDeps(DTS_BUNDLE_GENERATOR);
    project.jest?.config.collectCoverageFrom.push(`${directory}/src/**/*.ts`);
  }

  private manifest(): object {
    const { peerDependencies, optionalPeerDependencies } = this.options;
    return {
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
    };
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

  private declarations(): TaskStep[] {
    const { directory, dist } = this;
    const generate = `dts-bundle-generator --silent --no-banner --export-referenced-types false --project ${directory}/tsconfig.json`;
    // Declarations without relative imports work for both formats.
    return this.entryPoints.flatMap((entryPoint) => [
      { exec: `${generate} --out-file ${dist}/${entryPoint}.d.mts ${directory}/src/${entryPoint}.ts` },
      { exec: `cp ${dist}/${entryPoint}.d.mts ${dist}/${entryPoint}.d.cts` },
    ]);
  }
}
