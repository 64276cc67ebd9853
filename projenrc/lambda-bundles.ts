import * as path from 'node:path';
import { Component, TaskStep, typescript } from 'projen';
import { LAMBDA_METAFILES } from './bundled-packages';

/** Parts of every SDK client that no function uses. Files of the same names in `src/runtime/sdk-stubs` replace them. */
export const SDK_STUBS = stubs('@aws-sdk/credential-provider-node', '@aws-sdk/middleware-endpoint-discovery', '@smithy/core/event-streams');

/** The API's function has a smaller client of DynamoDB, which has its own rules of endpoints. */
export const API_CLIENT: Record<string, string> = {
  '@aws-sdk/client-dynamodb': './src/runtime/support/dynamodb-client.ts',
  ...stubs('@smithy/core/endpoints'),
};

/**
 * Bundles every Lambda entry point (`src/runtime/*.lambda.ts`) into `assets/<name>.lambda/index.js` before the compilation. So users of the
 * package need no bundler.
 *
 * It replaces the bundler of projen, which has a task for each function and leaves old output in the assets.
 */
export class LambdaBundles extends Component {
  public static readonly DIRECTORY = 'assets';

  constructor(project: typescript.TypeScriptProject, options: { esbuildVersion: string }) {
    super(project);
    project.addDevDeps(`esbuild@${options.esbuildVersion}`);

    const [ofFunctions, ofApi] = LAMBDA_METAFILES;
    const bundle = project.addTask('bundle', {
      description: 'Bundle the Lambda functions, and write the OpenAPI document and the licences of bundled packages',
      // `.ci/run` bundles once.
      condition: '[ -z "$SKIP_BUNDLE" ]',
      steps: [
        { exec: `rm -rf ${LambdaBundles.DIRECTORY}` },
        bundleStep('src/runtime/*.lambda.ts', ofFunctions, SDK_STUBS),
        bundleStep('src/runtime/api.lambda.ts', ofApi, { ...SDK_STUBS, ...API_CLIENT }),
        { exec: 'tsx openapi/write.ts' },
        {
          exec: 'tsx projenrc/write-third-party-licenses.ts THIRD-PARTY-LICENSES '
            + `"The Lambda functions of cdk-task-manager (${LambdaBundles.DIRECTORY}/*.lambda/index.js) contain" ${ofFunctions} ${ofApi}`,
        },
      ],
    });
    project.preCompileTask.spawn(bundle);
    // The tests run the constructs, which need their assets.
    project.testTask.prependSpawn(bundle);
    // A new version of a bundled package changes the file of licences.
    project.upgradeWorkflow?.postUpgradeTask.spawn(bundle);

    project.gitignore.exclude(`/${LambdaBundles.DIRECTORY}/`);
    project.eslint?.allowDevDeps('src/runtime/**');
  }
}

function bundleStep(entryPoints: string, metafile: string, aliases: Record<string, string>): TaskStep {
  return {
    exec: [
      `esbuild ${entryPoints} --bundle --minify --log-level=warning`,
      // The functions use Node.js 24, but the tests run the bundles on the Node.js of the machine.
      '--platform=node --target=node20 --format=cjs',
      // The SDK's ES modules leave a third less code than the CommonJS that esbuild prefers for Node.js.
      '--main-fields=module,main',
      // A dynamic import saves nothing within one file, and costs a promise and a wrapper.
      '--supported:dynamic-import=false',
      ...Object.entries(aliases).map(([name, file]) => `--alias:${name}=${file}`),
      // The SDK checks whether a body is a web stream, and this check alone makes Node.js load its web streams.
      '--define:ReadableStream=undefined',
      `--outdir=${LambdaBundles.DIRECTORY} --entry-names=[name]/index --metafile=${metafile}`,
    ].join(' '),
    // For example --sourcemap=inline, for a debugger.
    receiveArgs: true,
  };
}

function stubs(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `./src/runtime/sdk-stubs/${path.basename(name)}.ts`]));
}
