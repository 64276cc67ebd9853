import type { Output } from '@aws-sdk/client-cloudformation';
import { Aws } from './aws';
import { emulatorUrl } from './emulator-url';
import { OUTPUT } from '../../../src/protocol/wire';
import { CommandError, UsageError } from '../errors';

/** Returns the value of an output of a TaskManager, by its documented name. */
export type Outputs = (name: string) => string | undefined;

/** Reads the outputs that `taskManager.createOutputs()` has added to a stack. `taskManager` chooses one of several. */
export async function readOutputs(stack: string, aws: Aws, taskManager?: string): Promise<Outputs> {
  const { describeOutputs } = await import('./describe-outputs.js');
  return outputsOf(stack, await describeOutputs(stack, aws), taskManager);
}

export function outputsOf(stack: string, outputs: readonly Output[], taskManager?: string): Outputs {
  const values = new Map(outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
  const names = [...values.keys()].filter((key) => key.endsWith(OUTPUT.API_URL)).map((key) => key.slice(0, -OUTPUT.API_URL.length));
  if (names.length === 0) {
    throw new CommandError(`the stack ${stack} has no outputs of a TaskManager: call createOutputs() of the TaskManager and deploy the `
      + 'stack, or pass --url');
  }
  const choices = names.sort().map((name) => `'${name}'`).join(', ');
  if (taskManager === undefined && names.length > 1) {
    throw new UsageError(`the stack ${stack} has several TaskManagers: pass --task-manager with one of ${choices}`);
  }
  const chosen = taskManager ?? names[0];
  if (!names.includes(chosen)) throw new UsageError(`--task-manager must be one of ${choices} in the stack ${stack}, got '${chosen}'`);
  return (name) => values.get(chosen + name);
}

/** Returns an output that is the URL of an API. At an emulator of AWS, the API is elsewhere. */
export function apiUrlIn(outputs: Outputs, name: string): string | undefined {
  const url = outputs(name);
  const endpoint = process.env.AWS_ENDPOINT_URL?.replace(/\/$/, '');
  return url && endpoint ? emulatorUrl(endpoint, url) ?? url : url;
}
