import { awscdk, javascript, ReleasableCommits, typescript } from 'projen';
import { BuildWorkflow } from './projenrc/build-workflow';
import { DeveloperTools } from './projenrc/developer-tools';
import { LambdaBundles } from './projenrc/lambda-bundles';
import { LanguagePackages } from './projenrc/language-packages';
import { NpmLibrary } from './projenrc/npm-library';
import { NpmProgram } from './projenrc/npm-program';
import { PublicApiChecks } from './projenrc/public-api-checks';
import { PythonPackage } from './projenrc/python-package';
import { ReleaseExtras } from './projenrc/release-extras';
import { withoutPackageHosts } from './projenrc/without-package-hosts';

/** Versions of the AWS SDK that the processor package works with: that of the oldest Node.js runtime of Lambda, and newer ones. */
const AWS_SDK = '^3.600.0';

/** The packages for TypeScript and Python. */
const PROCESSOR = {
  name: 'cdk-task-manager-processor',
  description: 'Process tasks of a cdk-task-manager in a Lambda function or a container: '
    + 'progress, results of any size, failures and cancellation.',
  keywords: [
    'aws', 'aws-lambda', 'background-jobs', 'cancellation', 'cdk-task-manager', 'ecs', 'eventbridge', 'fargate', 'long-running', 'progress',
    'task',
  ],
};

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-task-manager',
  description: 'Accept work over HTTP that outlives the request: a CDK construct for long-running tasks, '
    + 'with an API to create and poll them and events to process them.',
  author: 'cdk-task-manager contributors',
  authorAddress: 'maintainers@cdk-task-manager.dev',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-task-manager/cdk-task-manager.git',
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-task-manager contributors',
  stability: 'experimental',
  homepage: 'https://github.com/cdk-task-manager/cdk-task-manager#readme',
  bugsUrl: 'https://github.com/cdk-task-manager/cdk-task-manager/issues',
  keywords: [
    'api-gateway', 'asynchronous', 'aws', 'aws-cdk', 'dynamodb', 'eventbridge', 'lambda', 'long-running', 'polling', 'serverless', 'task',
  ],
  defaultReleaseBranch: 'main',
  majorVersion: 0,

  cdkVersion: '2.263.0',
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.16',
  typescriptVersion: '~6.0.3',
  minNodeVersion: '20.16.0',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  projenrcTsOptions: { runner: typescript.TypeScriptRunner.tsx() },
  sampleCode: false,
  // projen would generate a construct for each function among the runtime code. LambdaBundles replaces that.
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,

  jestOptions: {
    jestVersion: '^30',
    jestConfig: {
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      testTimeout: 30_000,
      // By default, jest leaves one core free for interactive use.
      maxWorkers: '100%',
      // Concurrent tests start processes, and CI has two cores.
      maxConcurrency: 2,
      // It takes as long as the tests. `npx jest --coverage` collects it.
      collectCoverage: false,
      collectCoverageFrom: ['src/**/*.ts'],
      // They have their own commands: npm run chaos, and test:cli, test:endpoints, test:engine, test:guards, test:packages and test:web.
      testPathIgnorePatterns: [
        '/node_modules/', '/test/chaos/', '/test/cli/engine/', '/test/endpoints/', '/test/local/', '/test/packages/',
        '/test/simulation/guards', '/test/web/',
      ],
      moduleNameMapper: {
        '^cdk-task-manager$': '<rootDir>/src/index.ts',
        '^cdk-task-manager-processor$': '<rootDir>/processor/src/index.ts',
        // `import()` fails in the sandbox of jest.
        '^\\.\\.?/optional-packages$': '<rootDir>/test/support/optional-packages.ts',
        '^\\./lazy-modules$': '<rootDir>/test/support/lazy-modules.ts',
        // TypeScript asks for the extension in `import()`.
        '^(\\.\\.?/.+)\\.js$': '$1',
        // Its bundles are ES modules.
        '^preact$': '<rootDir>/node_modules/preact/src',
        '^preact/(hooks|jsx-runtime)$': '<rootDir>/node_modules/preact/$1/src',
      },
    },
  },
  typecheckTests: true,
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    compilerOptions: {
      jsx: javascript.TypeScriptJsxMode.REACT_JSX,
      jsxImportSource: 'preact',
      // Tests and examples import the package by its name, as users do.
      paths: {
        'cdk-task-manager': ['./src/index.ts'],
        'cdk-task-manager-client': ['./client/src/index.ts'],
        'cdk-task-manager-processor': ['./processor/src/index.ts'],
        'cdk-task-manager-processor/container': ['./processor/src/container.ts'],
        'cdk-task-manager-processor/testing': ['./processor/src/testing.ts'],
      },
    },
    include: ['.projenrc.ts', 'cli/src/**/*.ts', 'client/src/**/*.ts', 'processor/src/**/*.ts'],
    // Programs that use generated clients compile only next to them. Pages run in browsers: `npm run test:web` compiles that of the
    // example, and `build:cli` that of the console.
    exclude: ['**/cdk.out', '**/.venv', '**/node_modules', 'test/openapi-clients/use', 'examples/web/page', 'cli/page'],
  },
  eslintOptions: {
    dirs: ['src', 'test', 'local', 'examples', 'bench', 'projenrc', 'openapi'],
    tsconfigPath: './tsconfig.dev.json',
    projectService: false,
    commandOptions: { fix: false },
  },
  buildWorkflow: false,
  pullRequestTemplateContents: [
    'What changes for users, and why:',
    '',
    'Fixes #',
    '',
    '- [ ] a test fails without the change',
    '- [ ] docs and docstrings describe the change; a decision has a record in `docs/decisions/`',
    '- [ ] `npx projen && npm test` passes, and leaves no uncommitted files',
  ],
  allowScripts: ['esbuild'],
  bumpPackage: 'commit-and-tag-version@^12',
  npmProvenance: true,
  npmTrustedPublishing: true,
  // Changes of the documentation alone are not released.
  releasableCommits: ReleasableCommits.featuresAndFixes(),
  githubOptions: {
    pullRequestLintOptions: { semanticTitleOptions: { types: ['feat', 'fix', 'docs', 'refactor', 'perf', 'test', 'ci', 'chore'] } },
  },

  publishToPypi: { distName: 'cdk-task-manager', module: 'cdk_task_manager', trustedPublishing: true },
  publishToMaven: {
    javaPackage: 'io.github.cdktaskmanager',
    mavenGroupId: 'io.github.cdktaskmanager',
    mavenArtifactId: 'cdk-task-manager',
  },
  publishToGo: {
    moduleName: 'github.com/cdk-task-manager/cdk-task-manager-go',
    packageName: 'cdktaskmanager',
    // A deploy key gives access to one repository, a token to all repositories of its owner.
    githubUseSsh: true,
  },
  publishToNuget: { dotNetNamespace: 'CdkTaskManager', packageId: 'CdkTaskManager', trustedPublishing: true },

  devDeps: [
    '@aws-crypto/sha256-js@^5',
    '@aws-lambda-powertools/logger@~2.36',
    '@aws-lambda-powertools/metrics@~2.36',
    '@aws-sdk/client-apigatewaymanagementapi@~3.1164',
    '@aws-sdk/client-cloudformation@~3.1164',
    '@aws-sdk/client-cloudwatch@~3.1164',
    '@aws-sdk/client-dynamodb@~3.1164',
    '@aws-sdk/client-ecs@~3.1164',
    '@aws-sdk/client-eventbridge@~3.1164',
    '@aws-sdk/client-lambda@~3.1164',
    '@aws-sdk/client-s3@~3.1164',
    '@aws-sdk/client-sfn@~3.1164',
    '@aws-sdk/client-sqs@~3.1164',
    '@aws-sdk/client-ssm@~3.1164',
    '@aws-sdk/core@~3.981',
    '@aws-sdk/credential-provider-env@~3.972',
    '@aws-sdk/credential-provider-node@~3.972',
    '@aws-sdk/lib-dynamodb@~3.1162',
    '@aws-sdk/lib-storage@~3.1164',
    '@aws-sdk/s3-request-presigner@~3.1163',
    '@aws-sdk/util-dynamodb@~3.996',
    '@axe-core/playwright@4.13.0',
    '@cfworker/json-schema@4.1.6',
    // Newer versions need Node.js 22.
    '@middy/core@^6',
    '@opentelemetry/api@~1.9',
    '@opentelemetry/context-async-hooks@^2',
    '@opentelemetry/core@^2',
    '@opentelemetry/sdk-trace-base@^2',
    '@redocly/cli@2.77.0',
    '@smithy/core@~3.41',
    '@smithy/node-http-handler@~4.14',
    '@smithy/signature-v4@~5.7',
    '@smithy/types@^4',
    '@stryker-mutator/core@9.6.1',
    '@stryker-mutator/jest-runner@9.6.1',
    '@types/aws-lambda',
    '@types/ws@^8',
    '@valibot/to-json-schema@1.8.0',
    'aws-cdk@2.1148.1',
    'aws-jwt-verify@~5.2',
    'aws-sdk-client-mock@4.1.0',
    'aws4fetch@^1',
    'canonicalize@2.1.0',
    'cdk-monitoring-constructs@10.2.0',
    'cdk-nag@3.0.2',
    // The examples import it by its name.
    'cdk-task-manager-processor@file:processor',
    // Newer versions need Node.js 22.
    'commander@14.0.3',
    'fast-check@4.10.2',
    // Step Functions supports this version: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    'jsonata@2.0.6',
    'picocolors@^1.1',
    // Drives the browser of test:web, and installs none.
    'playwright-core@1.65.1',
    'preact@11.2.0',
    'valibot@1.5.0',
    // Node.js 20 has no WebSocket.
    'ws@^8',
  ],
});
project.package.addPackageResolutions('unrs-resolver@1.12.2');
// The newest versions that also exist as Go modules. With `addPackageResolutions`, projen would take them for packages of CDK v1.
for (const [name, version] of Object.entries({ 'asset-node-proxy-agent-v6': '2.1.2', 'cloud-assembly-schema': '54.11.0' })) {
  project.tryFindObjectFile('package.json')!.addOverride(`overrides.@aws-cdk/${name}`, version);
}
new javascript.NpmConfig(project).addConfig('omit-lockfile-registry-resolved', 'true');
project.gitignore.exclude('/.stryker-tmp/', '/reports/', '/.m2/', '/.tools/', '/.venv/', 'cdk.out/', 'dynamodb-local-metadata.json');
project.gitignore.exclude('/examples/web/dist/', '/examples/web/page/outputs.json');
project.gitignore.exclude('/examples/java/**/target/', '/examples/*/.venv/', '/examples/*/package-lock.json', '__pycache__/');
// Installed by `build` of cdk.json.
project.gitignore.exclude('/examples/*/functions/*/cdk_task_manager_processor*');
project.npmignore?.exclude(
  '/.stryker-tmp/', '/reports/', '/stryker.config.mjs', '/lib/runtime/', '/.m2/', '/.tools/', '/.venv/', '/projenrc/', '/openapi/',
  '/local/', '/examples/', '/docs/', '/bench/',
  '/.ci/', '/cdk.json', 'cdk.out/', '/API.md', '/CONTRIBUTING.md', '/SECURITY.md',
  '/CODE_OF_CONDUCT.md',
);
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '1');

project.addScripts({
  // Node.js itself, because the tsx wrapper does not pass on all signals.
  'examples': 'node --import tsx test/examples/main.ts',
  'lint:openapi': 'redocly lint docs/openapi.json',
  'fuzz': 'projen bundle && node --import tsx test/fuzz/main.ts',
  'bench': 'projen bundle && node --import tsx bench/main.ts',
  'draw:dashboard': 'projen bundle && node --import tsx bench/dashboard/main.ts',
  'demo': 'node --import tsx local/demo/main.ts',
  'local': 'node --import tsx local/main.ts',
  'simulate': 'node --import tsx test/simulation/main.ts',
  'chaos': 'projen bundle && jest test/chaos --testPathIgnorePatterns /node_modules/',
  'mutate': 'stryker run',
  // Tests of deployed apps wait half of their time, so they have more workers than cores.
  'test:cli': 'projen bundle && projen bundle:cli && jest test/cli/engine --maxWorkers=150% --testPathIgnorePatterns /node_modules/',
  'test:dynamodb-local': 'node --import tsx test/dynamodb-local/main.ts',
  'test:endpoints': 'projen bundle && jest test/endpoints --maxWorkers=150% --testPathIgnorePatterns /node_modules/',
  'test:engine': 'jest test/local --maxWorkers=150% --testPathIgnorePatterns /node_modules/',
  'test:guards': 'jest test/simulation/guards --testPathIgnorePatterns /node_modules/',
  'test:iam': 'projen bundle && node --import tsx test/proof/iam/main.ts',
  'test:java': 'mvn -B -ntp -f examples/java/processor/pom.xml test',
  'test:json-schema': 'node --import tsx test/json-schema/main.ts',
  'test:openapi-clients': 'projen bundle && node --import tsx test/openapi-clients/main.ts',
  'test:patterns': 'projen bundle && node --import tsx test/proof/patterns/main.ts',
  'test:samples': 'projen build:client && node --import tsx test/samples/main.ts',
  'test:template': 'projen bundle && tsx --tsconfig tsconfig.dev.json test/proof/template/main.ts',
  'compare:templates': 'node --import tsx test/template-changes/main.ts',
  'test:python': 'node --import tsx test/processor-python/main.ts',
  'test:packages': 'jest test/packages --testPathIgnorePatterns /node_modules/',
  'test:web': 'projen bundle && projen bundle:cli && jest test/web --testPathIgnorePatterns /node_modules/',
  'test:cdk-versions': 'node --import tsx test/cdk-versions/main.ts',
  'test:aws': 'projen bundle && TEST_TARGET=aws jest '
    + ['task-manager', 'http-api', 'status-reader'].map((name) => `test/integration/${name}`).join(' ') + ' test/endpoints/http-api'
    + ' --testPathIgnorePatterns /node_modules/',
});
project.jest!.config.transform = {
  '/cli/(?:src|page)/.+\\.tsx?$|/node_modules/preact/.+\\.js$': '<rootDir>/test/support/cli-transformer.mjs',
  ...project.jest!.config.transform,
};
project.jest!.config.transformIgnorePatterns = ['/node_modules/(?!preact/)'];
project.eslint?.addIgnorePattern('test/openapi-clients/use/');
project.eslint?.addIgnorePattern('test/samples/*.tsx');
(project.eslint!.config.parserOptions as Record<string, unknown>).project = [
  './tsconfig.dev.json', './cli/page/tsconfig.json', './test/web/tsconfig.json',
];
project.eslint?.allowDevDeps('bench/**');
project.eslint?.allowDevDeps('examples/**');
project.eslint?.allowDevDeps('local/**');
project.eslint?.allowDevDeps('openapi/**');
// The processor package imports itself by its name. A test checks that it imports nothing but its peer dependencies.
project.eslint?.addOverride({
  files: ['processor/src/**'], rules: { 'import/no-extraneous-dependencies': ['error', { packageDir: '.', devDependencies: true }] },
});

new LambdaBundles(project, { esbuildVersion: '0.28.2' });
new LanguagePackages(project);
// Callers of an HTTP API should not need the CDK.
new NpmLibrary(project, {
  directory: 'client',
  name: 'cdk-task-manager-client',
  description: 'Create long-running tasks of a cdk-task-manager over HTTP, and wait for their results, in browsers and Node.js.',
  keywords: ['api-client', 'asynchronous', 'cdk-task-manager', 'fetch', 'idempotency', 'long-running', 'polling', 'retry', 'task'],
  // Without the types of Node.js, because the code also runs in browsers.
  lib: ['ES2022', 'DOM'],
  lazyModules: ['live-socket'],
});
const processor = new NpmLibrary(project, {
  directory: 'processor',
  ...PROCESSOR,
  lib: ['ES2022'],
  types: ['node'],
  furtherEntryPoints: ['container', 'testing'],
  peerDependencies: { '@aws-sdk/client-eventbridge': AWS_SDK },
  optionalPeerDependencies: {
    '@aws-sdk/client-lambda': AWS_SDK, '@aws-sdk/client-s3': AWS_SDK, '@aws-sdk/client-sqs': AWS_SDK, '@aws-sdk/lib-storage': AWS_SDK,
  },
});
new NpmProgram(project, {
  directory: 'cli',
  name: 'cdk-task-manager-cli',
  description: 'Create, watch and cancel long-running tasks of a cdk-task-manager, and redrive dead letters: a command line and a console.',
  keywords: ['aws', 'cdk-task-manager', 'cli', 'command-line', 'console', 'dead-letter-queue', 'long-running', 'progress', 'task'],
  command: 'task-manager',
});
// The examples bundle it into their functions.
project.tasks.tryFind('bundle')!.spawn(processor.bundleTask);
new PythonPackage(project, {
  directory: 'processor-python',
  ...PROCESSOR,
  oldestPython: '3.10',
});
new PublicApiChecks(project);
new DeveloperTools(project);
new BuildWorkflow(project);
new ReleaseExtras(project);
withoutPackageHosts(project);

project.synth();
