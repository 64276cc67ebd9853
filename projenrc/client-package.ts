import { awscdk, Component, JsonFile } from 'projen';

/** The files of `client/src` whose exports are the public ones: all that its index exports from. */
const PUBLIC_FILES = ['errors', 'options', 'task', 'task-client'];

/**
 * Makes `client/` a package of its own, for those who create tasks: nobody should install the CDK to call an HTTP API.
 * It has the version of the main package, and no dependencies.
 */
export class ClientPackage extends Component {
  public static readonly DIRECTORY = 'client';

  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    const directory = ClientPackage.DIRECTORY;
    const dist = `${directory}/dist`;
    const { repository, author, license, stability } = project.package.manifest;

    new JsonFile(project, `${directory}/package.json`, {
      obj: {
        name: 'cdk-task-manager-client',
        version: '0.0.0',
        description: 'Create long-running tasks of a cdk-task-manager over HTTP and follow them to their end, in browsers and Node.js.',
        keywords: ['api-client', 'asynchronous', 'cdk-task-manager', 'fetch', 'idempotency', 'long-running', 'polling', 'retry', 'task'],
        repository: { ...repository, directory },
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
    new JsonFile(project, `${directory}/tsconfig.json`, {
      obj: {
        compilerOptions: {
          strict: true,
          noImplicitReturns: true,
          noUnusedLocals: true,
          noUnusedParameters: true,
          target: 'ES2022',
          // Without the types of Node.js: what browsers have must do.
          lib: ['ES2022', 'DOM'],
          types: [],
          useDefineForClassFields: false,
          module: 'preserve',
          declaration: true,
          emitDeclarationOnly: true,
          rootDir: 'src',
          outDir: 'dist/types',
        },
        include: ['src'],
      },
    });

    const esbuild = `esbuild ${directory}/src/index.ts --bundle --log-level=warning --tsconfig=${directory}/tsconfig.json --target=es2022`;
    const declarations = PUBLIC_FILES.map((file) => `${dist}/types/${file}.d.ts`).join(' ');
    const build = project.addTask('build:client', {
      description: 'Build the client package',
      steps: [
        { exec: `rm -rf ${dist}` },
        { exec: `${esbuild} --format=esm --outfile=${dist}/index.mjs` },
        // The platform makes esbuild list the exports in a way that Node.js finds when an ES module imports them.
        { exec: `${esbuild} --format=cjs --platform=node --outfile=${dist}/index.cjs` },
        { exec: `tsc --project ${directory}` },
        // One file, without imports, serves both formats: in a file that is imported, each would need an extension of its own.
        { exec: `cat ${declarations} | sed '/^import /d' > ${dist}/index.d.mts && cp ${dist}/index.d.mts ${dist}/index.d.cts` },
        { exec: `rm -rf ${dist}/types` },
      ],
    });
    project.testTask.prependSpawn(build);

    const target = `${project.artifactsDirectory}/client`;
    const staging = `${target}/package`;
    const pack = project.addTask('package:client', {
      description: 'Create the client package',
      steps: [
        { spawn: build.name },
        { exec: `rm -rf ${target} && mkdir -p ${staging}` },
        { exec: `cp -R ${directory}/package.json ${directory}/README.md ${dist} LICENSE ${staging} && chmod u+w ${staging}/package.json` },
        { exec: 'npm pkg set version=$(node -p "require(\'../../../package.json\').version")', cwd: staging },
        { exec: 'npm pack --pack-destination ..', cwd: staging },
        { exec: `rm -rf ${staging}` },
      ],
    });
    project.packageTask.spawn(pack);

    project.gitignore.exclude(`/${dist}/`);
    project.eslint?.addLintPattern(`${directory}/src`);
    project.jest?.config.collectCoverageFrom.push(`${directory}/src/**/*.ts`);
  }
}
