import { commandLine, oneOf } from '../command-line';
import { ENDPOINT_KINDS, EndpointKind } from '../endpoint-kinds';

export interface DemoOptions {
  /** Who does the work. */
  readonly processor: ProcessorKind;
  /** Where the API is. */
  readonly endpoint: EndpointKind;
  /** How long the work takes. */
  readonly seconds: number;
  /** Keep the engine running until Ctrl-C, with the console. */
  readonly keep: boolean;
}

/** Kinds of processors that the demo can show. */
export const PROCESSOR_KINDS = ['function', 'state-machine', 'container'] as const;
export type ProcessorKind = typeof PROCESSOR_KINDS[number];

/** The environment variable that has the kind of the API, for the program that synthesizes the example. */
export const ENDPOINT_VARIABLE = 'DEMO_ENDPOINT';

const USAGE = `usage: npm run demo -- [--processor <kind>] [--endpoint <kind>] [--seconds <number>] [--keep]

Runs an example app on this machine, without an AWS account.

  --processor <kind>  who does the work: function, state-machine or container (default: function)
  --endpoint <kind>   where the API is: in a REST API (rest) or an HTTP API (http) of API Gateway (default: rest)
  --seconds <number>  how long the work takes, up to 800 seconds (default: 6)
  --keep              keep the engine running until Ctrl-C, open the console, and show each change of the tasks`;

/** The function of the example times out after 15 minutes, the maximum of Lambda. */
const MAX_SECONDS = 800;

const OPTIONS = {
  processor: { type: 'string', default: 'function' },
  endpoint: { type: 'string', default: 'rest' },
  seconds: { type: 'string', default: '6' },
  keep: { type: 'boolean', default: false },
} as const;

/** Returns the options of the command line. If they are invalid, prints why and exits. */
export function demoOptions(): DemoOptions {
  return commandLine(USAGE, OPTIONS, (values) => {
    const processor = oneOf('processor', PROCESSOR_KINDS, values.processor);
    const endpoint = oneOf('endpoint', ENDPOINT_KINDS, values.endpoint);
    const seconds = Number(values.seconds);
    if (values.seconds.trim() === '' || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
      throw new Error(`--seconds must be a number from 0 to ${MAX_SECONDS}, got '${values.seconds}'`);
    }
    return { processor, endpoint, seconds, keep: values.keep };
  });
}
