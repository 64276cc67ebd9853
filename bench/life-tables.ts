import { kilobytes, PAYLOADS, PROGRESS_UPDATES } from './cost-tables';
import { table } from './documentation';
import { Step, TaskLife } from './life/task-life';

/** Each call of one small task's life. */
export async function lifeTable(): Promise<string> {
  const steps = await new TaskLife({ payloadBytes: 200, progressUpdates: 2, polls: 3, batch: 1 }).live();
  return table(['step', 'calls', 'write units', 'read units', 'events'], [
    ...steps.map((step) => [step.name, callsOf([step]), unitsOf(step), step.units.read || undefined, step.eventUnits || undefined]),
    ['**together**', callsOf(steps), sum(steps, ({ units }) => units.write), sum(steps, ({ units }) => units.read), sum(steps, ({ eventUnits }) => eventUnits)],
  ]);
}

/** What payloads and progress do to it. */
export async function lifeCasesTable(): Promise<string> {
  const rows = [];
  for (const payloadBytes of PAYLOADS) {
    for (const progressUpdates of PROGRESS_UPDATES) {
      const steps = await new TaskLife({ payloadBytes, progressUpdates, polls: 3, batch: 1 }).live();
      rows.push([
        kilobytes(payloadBytes), progressUpdates, callsOf(steps),
        sum(steps, ({ units }) => units.write), sum(steps, ({ units }) => units.read), sum(steps, ({ eventUnits }) => eventUnits),
      ]);
    }
  }
  return table(['payload', 'progress updates', 'calls', 'write units', 'read units', 'events'], rows);
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
