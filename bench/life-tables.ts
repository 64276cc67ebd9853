import { kilobytes, PAYLOADS, PROGRESS_REPORTS } from './cost-tables';
import { table } from './documentation';
import { Step, TaskLife } from './life/task-life';

/** Returns the table of the calls of one small task. */
export async function lifeTable(): Promise<string> {
  const steps = await new TaskLife({ payloadBytes: 200, progressReports: 2, polls: 3, batch: 1 }).run();
  return table(['step', 'calls', 'write units', 'read units', 'events'], [
    ...steps.map((step) => [step.name, callsOf([step]), unitsOf(step), step.units.read || undefined, step.eventUnits || undefined]),
    ['**total**', callsOf(steps), sum(steps, ({ units }) => units.write), sum(steps, ({ units }) => units.read), sum(steps, ({ eventUnits }) => eventUnits)],
  ]);
}

/** Returns the table of calls by payload size and number of progress reports. */
export async function lifeCasesTable(): Promise<string> {
  const rows = [];
  for (const payloadBytes of PAYLOADS) {
    for (const progressReports of PROGRESS_REPORTS) {
      const steps = await new TaskLife({ payloadBytes, progressReports, polls: 3, batch: 1 }).run();
      rows.push([
        kilobytes(payloadBytes), progressReports, callsOf(steps),
        sum(steps, ({ units }) => units.write), sum(steps, ({ units }) => units.read), sum(steps, ({ eventUnits }) => eventUnits),
      ]);
    }
  }
  return table(['payload', 'progress reports', 'calls', 'write units', 'read units', 'events'], rows);
}

function callsOf(steps: Step[]): string {
  const calls = new Map<string, number>();
  for (const step of steps) for (const [call, count] of Object.entries(step.calls)) calls.set(call, (calls.get(call) ?? 0) + count);
  return [...calls].map(([call, count]) => count > 1 ? `${count} ${call}` : call).join(', ');
}

function unitsOf({ units: { write, checks, owners } }: Step): string | undefined {
  const indexes = [checks && `${checks} for \`checks\``, owners && `${owners} for \`owners\``].filter(Boolean).join(', ');
  return write > 0 ? `${write}${indexes && ` (${indexes})`}` : undefined;
}

function sum(steps: Step[], of: (step: Step) => number): number {
  return steps.reduce((total, step) => total + of(step), 0);
}
