import { ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT } from './command';

const PROGRAM = path.join(PROJECT, 'cli', 'dist', 'main.mjs');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process. It knows nothing of the environment but what a test gives it. */
export class Program {
  constructor(private readonly environment: Record<string, string>) {
    if (!existsSync(PROGRAM)) throw new Error('cli/dist is missing: run npx projen bundle:cli');
  }

  /** Returns the program with further environment variables. */
  public with(environment: Record<string, string>): Program {
    return new Program({ ...this.environment, ...environment });
  }

  public start(...parameters: string[]): ChildProcess {
    return spawn(process.execPath, [PROGRAM, ...parameters], { env: { PATH: process.env.PATH, HOME: '/nowhere', ...this.environment } });
  }

  /** Runs the program to its end. `input` is its standard input. */
  public async run(parameters: readonly string[], input = ''): Promise<Outcome> {
    const child = this.start(...parameters);
    child.stdin!.on('error', () => { /* The program can end without reading it. */ }).end(input);
    return ended(child);
  }

  /** Runs the program, and returns what it prints as JSON. Throws if it fails. */
  public async json<T>(...parameters: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...parameters, '--output', 'json']);
    if (code !== 0) throw new Error(`${parameters.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }
}

export async function ended(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text) => stdout += text);
  child.stderr!.setEncoding('utf8').on('data', (text) => stderr += text);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}
