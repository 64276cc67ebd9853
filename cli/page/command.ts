import type { TaskFilter } from './routes';
import type { ConsoleSettings } from '../src/protocol';

/** Returns a command of the command line that does the same, as a POSIX shell takes it. */
export function commandLine(settings: Pick<ConsoleSettings, 'command' | 'arguments'>, ...words: string[]): string {
  return [...settings.command, ...words, ...settings.arguments].map(quote).join(' ');
}

export function listWords({ status, type, age }: TaskFilter): string[] {
  return ['list', ...status.flatMap((each) => ['--status', each]), ...type ? ['--type', type] : [], ...age ? ['--age', age] : []];
}

export function createWords(type: string, payload: unknown, timeoutSeconds?: number): string[] {
  return [
    'create', type,
    ...payload === undefined ? [] : ['--payload', JSON.stringify(payload)],
    ...timeoutSeconds === undefined ? [] : ['--timeout', String(timeoutSeconds)],
  ];
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
