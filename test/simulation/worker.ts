import { simulate, SimulationOptions } from './property';

// Nobody reads the logs here, and stack traces of a million failed conditions would take time.
for (const level of ['info', 'warn', 'error'] as const) console[level] = () => {};
Error.stackTraceLimit = 0;

const options: SimulationOptions = JSON.parse(process.argv[2]);
void simulate(options).then((findings) => process.stdout.write(JSON.stringify(findings)));
