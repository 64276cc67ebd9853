/** Does what docs/first-task.md says, on the local engine: from an empty folder to the result of a task. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { Engine, startEngine } from '../../local/engine/engine';
import { PROJECT } from '../support/command';
import { runAsShown, samplesOf, Shell, variablesFrom } from '../support/page-samples';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(600_000);

const PAGE = 'docs/first-task.md';
const samples = samplesOf(readFileSync(path.join(PROJECT, PAGE), 'utf8'));

/** Installs what this repository has installed, and the package as it is here. Nothing is downloaded. */
const NPM = `#!/usr/bin/env bash
set -euo pipefail
[ "$1" = install ] || exit 1
mkdir -p node_modules/cdk-task-manager
ln -sfn ${PROJECT}/node_modules/* ${PROJECT}/node_modules/.bin node_modules
echo "module.exports = require('${PROJECT}/src/index.ts');" > node_modules/cdk-task-manager/index.js
echo "export * from '${PROJECT}/src/index';" > node_modules/cdk-task-manager/index.d.ts
`;

/** Runs the programs of this repository: \`aws-cdk@2\` is \`cdk\`. */
const NPX = `#!/usr/bin/env bash
set -euo pipefail
program=\${1%@*}
shift
exec ${PROJECT}/node_modules/.bin/\${program#aws-} "$@"
`;

let engine: Engine;
let shell: Shell;
let variables: Record<string, string> = {};

beforeAll(async () => {
  const folder = temporaryDirectory('first-task');
  const programs = path.join(folder, 'programs');
  mkdirSync(programs);
  for (const [name, script] of Object.entries({ npm: NPM, npx: NPX })) {
    writeFileSync(path.join(programs, name), script);
    chmodSync(path.join(programs, name), 0o755);
  }
  engine = await startEngine();
  shell = new Shell(folder, {
    PATH: [programs, path.dirname(process.execPath), process.env.PATH].join(':'),
    HOME: folder,
    AWS_ENDPOINT_URL: engine.url,
    AWS_REGION: engine.region,
    AWS_ACCESS_KEY_ID: engine.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: engine.credentials.secretAccessKey,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_NOTICES: 'false',
    // Nobody is there to confirm the deployment.
    CDK_REQUIRE_APPROVAL: 'never',
    // Takes five seconds, and checks templates that other tests check.
    CDK_VALIDATION: 'false',
    JSII_DEPRECATED: 'quiet',
  });
});

afterAll(() => engine?.stop());

test.each(samples.map((sample) => [sample.line, sample.code.split('\n', 1)[0], sample] as const))(
  `${PAGE}, line %i: %s`, async (line, _, sample) => {
    if (sample.file !== undefined) {
      const file = path.join(shell.directory, sample.file);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, sample.code);
    } else if (sample.outcome) {
      const output = await runAsShown(`${PAGE}, line ${line}`, sample, () => shell.run(sample.code, variables));
      variables = variablesFrom(output);
    } else {
      await shell.run(sample.code);
    }
  });
