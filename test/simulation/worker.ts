import { simulate, SimulationOptions } from './property';

// What the handlers log is of no use here, and stack traces of a million conditional checks that failed take their time.
for (const level of ['info', 'warn', 'error'] as const) console[level] = () => {};
Error.stackTraceLimit = 0;

const options: SimulationOptions = JSON.parse(process.argv[2]);
void simulate(options).then((findings) => process.stdout.write(JSON.stringify(findings)));
