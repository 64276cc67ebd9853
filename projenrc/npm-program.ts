import { awscdk, Task } from 'projen';
import { CLI_METAFILES } from './bundled-packages';
import { NpmPackage, NpmPackageOptions } from './npm-package';

/** File with the licences of the bundled packages. */
const LICENSES = 'THIRD-PARTY-LICENSES';

/** Bundled CommonJS modules load the modules of Node.js with it. The name differs from those that the code imports. */
const REQUIRE = "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);";

export interface NpmProgramOptions extends NpmPackageOptions {
  /** Name of the command. */
  readonly command: string;
}

/**
 * An npm package with a command for Node.js, and a page that it serves: `src/main.ts` becomes `dist/main.mjs`; `page/main.tsx`,
 * `page/style.css` and `page/index.html` become `dist/page`. A dynamic import becomes a file of its own, which Node.js loads when needed.
 */
export class NpmProgram extends NpmPackage<NpmProgramOptions> {
  constructor(project: awscdk.AwsCdkConstructLibrary, options: NpmProgramOptions) {
    super(project, options);
    const { directory, command } = options;

    this.addManifest(project, { bin: { [command]: './dist/main.mjs' } }, [LICENSES]);
    // The types of the AWS SDK do not compile without those of browsers.
    this.addTsconfig(project, { directory, include: ['src'], lib: ['ES2022'], types: ['node'], compilerOptions: { skipLibCheck: true } });
    this.addTsconfig(project, {
      directory: `${directory}/page`,
      include: ['.'],
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'preact' },
    });
    const bundle = this.addBundle(project);
    this.addPack(project, this.addBuild(project, [
      { exec: `tsc --project ${directory}` },
      { exec: `tsc --project ${directory}/page` },
      { spawn: bundle.name },
    ]), [LICENSES]);
    // A new version of a bundled package changes the file of licences.
    project.upgradeWorkflow?.postUpgradeTask.spawn(bundle);

    project.eslint?.addLintPattern(`${directory}/page`);
    // The bundles contain development dependencies of the project.
    project.eslint?.addOverride({
      files: [`${directory}/**`], rules: { 'import/no-extraneous-dependencies': ['error', { packageDir: '.', devDependencies: true }] },
    });
  }

  private addBundle(project: awscdk.AwsCdkConstructLibrary): Task {
    const { directory, dist } = this;
    const { name } = this.options;
    const [ofProgram, ofPage] = CLI_METAFILES;
    const esbuild = 'esbuild --bundle --minify --log-level=warning --format=esm';
    const exec = (...command: string[]) => ({ exec: command.join(' ') });
    return project.addTask(`bundle:${directory}`, {
      description: `Bundle the code of ${name} and its page, and write the licences of bundled packages`,
      steps: [
        exec(`rm -rf ${dist}`),
        exec(
          `${esbuild} ${directory}/src/main.ts --splitting --platform=node --target=node20`,
          // The SDK's ES modules leave less code than the CommonJS that esbuild prefers for Node.js.
          `--main-fields=module,main "--banner:js=${REQUIRE}"`,
          // Without them, ws does not look for packages that users could install beside it.
          '--define:process.env.WS_NO_BUFFER_UTIL=true --define:process.env.WS_NO_UTF_8_VALIDATE=true',
          `--outdir=${dist} --out-extension:.js=.mjs "--chunk-names=[name]-[hash]" --metafile=${ofProgram}`,
        ),
        exec(
          `${esbuild} ${directory}/page/main.tsx ${directory}/page/style.css --target=es2022`,
          `--outdir=${dist}/page --metafile=${ofPage}`,
        ),
        exec(`cp ${directory}/page/index.html ${dist}/page`),
        exec(`tsx projenrc/write-third-party-licenses.ts ${directory}/${LICENSES} "${name} contains"`, ...CLI_METAFILES),
      ],
    });
  }
}
