import * as path from 'node:path';
import { Component, typescript } from 'projen';
import { METAFILE } from './bundled-packages';

/** Parts of the SDK that no function here uses but that every client would bring along. Files of their names stand in their place. */
export const SDK_STUBS = ['@aws-sdk/credential-provider-node', '@aws-sdk/middleware-endpoint-discovery', '@smithy/core/event-streams'];

/**
 * Bundles every Lambda entry point (`src/runtime/*.lambda.ts`) into `assets/<name>.lambda/index.js` before the
 * compilation, so that the package ships ready-made code and its users need no bundler.
 *
 * One esbuild run instead of projen's bundler: that one makes a task per function, and keeps stale output in the assets.
 */
export class LambdaBundles extends Component {
  public static readonly DIRECTORY = 'assets';

  constructor(project: typescript.TypeScriptProject, options: { esbuildVersion: string }) {
    super(project);
    project.addDevDeps(`esbuild@${options.esbuildVersion}`);

    const bundle = project.addTask('bundle', {
      description: 'Bundle the Lambda functions, and write the OpenAPI document and the licences of what is bundled',
      steps: [
        { exec: `rm -rf ${LambdaBundles.DIRECTORY}` },
        {
          exec: [
            'esbuild src/runtime/*.lambda.ts --bundle --minify --log-level=warning',
            // The oldest runtime that runs the bundles: the functions use Node.js 24, the tests the Node.js of the machine.
            '--platform=node --target=node20 --format=cjs',
            // The SDK's ES modules leave a third less code than the CommonJS that esbuild prefers for Node.js.
            '--main-fields=module,main',
            // An import that waits until it is needed saves nothing within one file, and costs a promise and a wrapper.
            '--supported:dynamic-import=false',
            ...SDK_STUBS.map((name) => `--alias:${name}=./src/runtime/sdk-stubs/${path.basename(name)}.ts`),
            // The SDK asks whether a body is a stream of browsers, and Node.js loads those when asked.
            '--define:ReadableStream=undefined',
            `--outdir=${LambdaBundles.DIRECTORY} --entry-names=[name]/index --metafile=${METAFILE}`,
          ].join(' '),
          // Such as --sourcemap=inline, for a debugger.
          receiveArgs: true,
        },
        { exec: 'tsx openapi/write.ts' },
        { exec: 'tsx projenrc/write-third-party-licenses.ts' },
      ],
    });
    project.preCompileTask.spawn(bundle);
    // jest runs the constructs from source, and they need their assets.
    project.testTask.prependSpawn(bundle);
    // Another version of what is bundled changes the licences' file.
    project.upgradeWorkflow?.postUpgradeTask.spawn(bundle);

    project.gitignore.exclude(`/${LambdaBundles.DIRECTORY}/`);
    project.eslint?.allowDevDeps('src/runtime/**');
  }
}
