/**
 * Compares the in-memory table with the official DynamoDB Local. Needs Java 17 and Maven.
 *
 * DynamoDB Local always listens on all interfaces, so it runs in its own network namespace. Needs Linux.
 */
import * as path from 'node:path';
import { EngineError } from '../../local/engine/engine-error';
import { run } from '../../local/run';

const PROJECT = path.join(__dirname, '..', '..');
const LIBRARIES = path.join(PROJECT, '.m2', 'dynamodb-local');

async function main(): Promise<void> {
  console.log('downloading DynamoDB Local');
  await command('mvn', '-q', '-B', '-f', path.join(__dirname, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${LIBRARIES}`);
  console.log('comparing in a network namespace');
  console.log(await command('unshare', '--map-root-user', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"',
    process.execPath, '--import', 'tsx', path.join(__dirname, 'compare.ts'), LIBRARIES));
}

async function command(program: string, ...args: string[]): Promise<string> {
  const { code, output } = await run(program, args);
  if (code === undefined) throw new EngineError(`could not start ${program}: install it`);
  if (code !== 0) throw new EngineError(`${program} failed:\n${output}`);
  return output.trim();
}

main().catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
