import { simulate } from './property';

// What the handlers log is of no use here, and stack traces of a million conditional checks that failed take their time.
for (const level of ['info', 'warn', 'error'] as const) console[level] = () => {};
Error.stackTraceLimit = 0;

const [lives, seed, path] = process.argv.slice(2);
void simulate(Number(lives), Number(seed), path).then((findings) => process.stdout.write(JSON.stringify(findings)));
