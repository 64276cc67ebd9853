/** An app in Go can use the module. Run `npm run package-all` first. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { packageFile, PROJECT } from './archives';
import { temporaryDirectory } from '../support/temporary-directory';

const MODULE = 'github.com/cdk-task-manager/cdk-task-manager-go/cdktaskmanager';
/** The first build takes minutes, because Go modules are not compiled. */
const TIMEOUT = 900_000;

const goIsInstalled = spawnSync('go', ['version']).status === 0;

test('the module requires the oldest version of the CDK that is supported', () => {
  const { devDependencies } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));
  expect(readFileSync(packageFile('go', 'cdktaskmanager', 'go.mod'), 'utf8')).toContain(`\tgithub.com/aws/aws-cdk-go/awscdk/v2 v${devDependencies['aws-cdk-lib']}\n`);
});

// Without Go, package-all only generates the code.
if (goIsInstalled) {
  test('an app in Go synthesizes a TaskManager and a processor', () => {
    const app = temporaryDirectory('go');
    const env = { ...process.env, CDK_OUTDIR: 'cdk.out' };
    const go = (...parameters: string[]) => execFileSync('go', parameters, { cwd: app, env, stdio: ['ignore', 'ignore', 'inherit'] });
    cpSync(path.join(__dirname, 'go-app'), app, { recursive: true });

    go('mod', 'init', 'app');
    go('mod', 'edit', `-require=${MODULE}@v0.0.0`, `-replace=${MODULE}=${packageFile('go', 'cdktaskmanager')}`);
    go('mod', 'tidy');
    go('run', '.');

    const { Resources: resources } = JSON.parse(readFileSync(path.join(app, 'cdk.out', 'GoApp.template.json'), 'utf8'));
    const types = Object.values<{ Type: string }>(resources).map(({ Type }) => Type);
    expect(types).toEqual(expect.arrayContaining(['AWS::ApiGateway::RestApi', 'AWS::DynamoDB::GlobalTable', 'AWS::Lambda::EventInvokeConfig']));
  }, TIMEOUT);
}
