import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

export const PROJECT = path.join(__dirname, '..');
const RUNTIME = 'src/runtime';

/** Bundles all functions as the package ships them, into `<outdir>/<name>.lambda/index.js`. Uses the command lines of `projen bundle`. */
export function bundleAsShipped(outdir: string): void {
  for (const args of shippedArguments()) esbuild(...args, `--outdir=${outdir}`);
}

/** Does the same with the SDK's client of DynamoDB in the API's function, as in the others. Further options override the shipped ones. */
export function bundleWithSdkClient(outdir: string, ...options: string[]): void {
  const [ofAllFunctions] = shippedArguments();
  esbuild(...ofAllFunctions, `--outdir=${outdir}`, ...options);
}

/** Bundles a program as the API's function is bundled, with its client of DynamoDB or with the SDK's. Returns the file. */
export function bundleLikeApi(program: string, client: 'small' | 'sdk', outdir: string): string {
  const [ofAllFunctions, ofApi] = shippedArguments();
  const args = (client === 'small' ? ofApi : ofAllFunctions).filter((argument) => !argument.startsWith(`${RUNTIME}/`));
  esbuild(program, ...args, `--outdir=${outdir}`);
  return path.join(outdir, path.basename(program, '.ts'), 'index.js');
}

function esbuild(...args: string[]): void {
  execFileSync(path.join(PROJECT, 'node_modules', '.bin', 'esbuild'), args, { cwd: PROJECT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Returns the command lines: of all functions, and of the API's function, which replaces the first one's. The metafiles are left out. */
function shippedArguments(): string[][] {
  const { tasks } = JSON.parse(readFileSync(path.join(PROJECT, '.projen', 'tasks.json'), 'utf8'));
  const commands: string[] = tasks.bundle.steps.flatMap(({ exec }: { exec?: string }) => exec?.startsWith('esbuild ') ? [exec] : []);
  const entries = readdirSync(path.join(PROJECT, RUNTIME)).filter((file) => file.endsWith('.lambda.ts')).map((file) => `${RUNTIME}/${file}`);
  return commands.map((command) => {
    const args = command.split(' ').slice(1).filter((argument) => !argument.startsWith('--metafile='));
    // No shell expands the pattern of the entry points.
    return args.flatMap((argument) => argument.includes('*') ? entries : argument);
  });
}
