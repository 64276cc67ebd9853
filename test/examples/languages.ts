import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { EngineError } from '../../local/engine/engine-error';
import { pythonEnvironment } from '../../local/engine/python-environment';
import { command, interrupted, PROJECT } from '../support/command';

export const LANGUAGES = ['typescript', 'python', 'java'] as const;
export type Language = typeof LANGUAGES[number];

/** The example of a language, and how its users install it. */
export interface Example {
  /** The folder in `examples/`. */
  readonly folder: string;

  /** The jsii target of the language. */
  readonly target: 'js' | 'python' | 'java';

  /** The large app: where to copy it in the folder of the example, and how to run it there. */
  readonly largeApp: { readonly file: string; readonly command: string };

  /** @throws EngineError if the machine lacks what the language needs */
  check?(): Promise<void>;

  /** Installs the package of `dist/` and its peers in a copy of the example. Returns a folder to add to the PATH, if there is one. */
  install(app: string): Promise<string | undefined>;
}

/** The repository that jsii-pacmak uses, too, so that nothing is downloaded twice. */
export const MAVEN_REPOSITORY = path.join(PROJECT, '.m2', 'repository');

const DIST = path.join(PROJECT, 'dist');
const { version: VERSION, devDependencies } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));
/** The oldest supported versions. All apps use the same, because templates of different versions differ. */
const CDK = devDependencies['aws-cdk-lib'];
const CONSTRUCTS = devDependencies.constructs;

export const EXAMPLES: Record<Language, Example> = {
  typescript: {
    folder: 'typescript-shop',
    target: 'js',
    largeApp: { file: 'large-app.ts', command: 'npx tsx large-app.ts' },
    install: async (app) => {
      const tarball = path.join(DIST, 'js', `cdk-task-manager@${VERSION}.jsii.tgz`);
      await command(app, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball, `aws-cdk-lib@${CDK}`, `constructs@${CONSTRUCTS}`);
      return undefined;
    },
  },
  python: {
    folder: 'python',
    target: 'python',
    largeApp: { file: 'large_app.py', command: 'python3 large_app.py' },
    install: async (app) => {
      const wheel = path.join(DIST, 'python', `cdk_task_manager-${VERSION}-py3-none-any.whl`);
      await command(app, await pythonEnvironment({ signal: interrupted }), '-m', 'venv', '.venv');
      // To compile aws-cdk-lib takes half a minute.
      await command(app, '.venv/bin/pip', 'install', '--quiet', '--no-compile',
        '--requirement', 'requirements.txt', wheel, `aws-cdk-lib==${CDK}`, `constructs==${CONSTRUCTS}`);
      return path.join(app, '.venv', 'bin');
    },
  },
  java: {
    folder: 'java',
    target: 'java',
    largeApp: {
      file: 'src/main/java/com/example/LargeApp.java',
      command: 'mvn -e -q compile exec:java -Dexec.mainClass=com.example.LargeApp',
    },
    check: async () => {
      for (const program of ['javac', 'mvn']) {
        await command(PROJECT, program, '-version').catch(() => {
          throw new EngineError(`the Java example needs JDK 17 or newer and Maven, but ${program} is missing: `
            + 'install it, or run the other examples with -- --only typescript --only python');
        });
      }
    },
    install: async (app) => {
      // dist/java has the layout of a Maven repository, so a copy installs its packages.
      cpSync(path.join(DIST, 'java'), MAVEN_REPOSITORY, { recursive: true });
      mkdirSync(path.join(app, '.mvn'));
      const properties = {
        'maven.repo.local': MAVEN_REPOSITORY, 'cdk-task-manager.version': VERSION, 'cdk.version': CDK, 'constructs.version': CONSTRUCTS,
      };
      writeFileSync(path.join(app, '.mvn', 'maven.config'), Object.entries(properties).map(([name, value]) => `-D${name}=${value}\n`).join(''));
      await command(app, 'mvn', '-q', '-B', 'compile');
      return undefined;
    },
  },
};
