import { deepStrictEqual } from 'node:assert';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const PROJECT = path.join(__dirname, '..', '..');

/** A sample of a page: what to run, and what the page shows as its outcome. */
export interface Sample {
  readonly language: string;
  /** The line of the page where the code begins. */
  readonly line: number;
  readonly code: string;
  /** The file that the reader writes the code to. */
  readonly file?: string;
  readonly outcome?: { readonly language: string; readonly text: string };
}

const RUN = ['sh', 'js', 'ts'];
const SHOWN = ['http', 'text'];
const PATIENCE_MS = 60_000;

/** A code block of a page that is a whole file, or a part of one. */
export interface CodeBlock {
  readonly language: string;
  readonly fixture?: string;
  readonly file?: string;
  readonly code: string;
}

/** Finds the code blocks of a Markdown page. One that is a whole file begins with a comment that names the file. */
export function codeBlocksOf(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w+)(?: fixture=([\w-]+))?\n(.*?)^```$/gms)]
    .map(([, language, fixture, code]) => ({ language, fixture, file: nameOfFile(code), code }));
}

/** Returns the content of a file that a Markdown page shows. */
export function fileOf(markdown: string, name: string): string {
  const block = codeBlocksOf(markdown).find(({ file }) => file === name);
  if (block === undefined) throw new Error(`the page must show the file ${name}`);
  return block.code;
}

function nameOfFile(code: string): string | undefined {
  return /^(?:\/\/|#) ([\w./-]+\.\w+)\n/.exec(code)?.[1];
}

/** Finds the samples of a Markdown page, except those after the comment `<!-- not run -->`. An outcome belongs to the code before it. */
export function samplesOf(markdown: string): Sample[] {
  const samples: Sample[] = [];
  for (const { index, 1: notRun, 2: language, 3: code } of markdown.matchAll(/^(<!-- not run -->\n)?```(\w+)\n(.*?)^```$/gms)) {
    if (notRun) continue;
    const line = markdown.slice(0, index).split('\n').length + 1;
    const file = nameOfFile(code);
    if (file !== undefined || RUN.includes(language)) {
      samples.push({ language, line, code, file });
    } else if (SHOWN.includes(language) && samples.length > 0 && !samples.at(-1)!.outcome) {
      samples.push({ ...samples.pop()!, outcome: { language, text: code } });
    } else {
      throw new Error(`line ${line}: a code block must be ${RUN.join(' or ')}, or ${SHOWN.join(' or ')} for the outcome, got '${language}'`);
    }
  }
  return samples;
}

/** Returns whether a sample only reads. Then it can run again until the page's outcome appears. */
function isRead({ code }: Sample): boolean {
  return !/ (-X|-d|--json) |\.(run|create|cancel)\(/.test(code);
}

/** Runs a sample after the samples that prepare it. Returns its output. */
export async function runSample(
  { language, code }: Sample, preparations: Sample[], env: NodeJS.ProcessEnv, directory: string,
): Promise<string> {
  const script = [...preparations.filter((preparation) => preparation.language === language).map((preparation) => preparation.code), code].join('\n');
  const [program, ...args] = language === 'sh' ? ['bash', '-euo', 'pipefail', '-c', script] : [process.execPath, await bundle(script, directory)];
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...env }, timeout: 60_000 });
  return stdout;
}

/** Bundles a script with the client of this repository. */
async function bundle(script: string, directory: string): Promise<string> {
  const outfile = path.join(directory, 'sample.mjs');
  await build({
    stdin: { contents: script, resolveDir: PROJECT, loader: 'ts' },
    alias: { 'cdk-task-manager-client': path.join(PROJECT, 'client', 'src', 'index.ts') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'silent',
  });
  return outfile;
}

/** A shell that runs commands one after the other, each in the directory and with the variables and functions that the ones before left. */
export class Shell {
  private readonly stateFile: string;
  private state = '';

  constructor(public directory: string, private readonly env: NodeJS.ProcessEnv) {
    this.stateFile = path.join(directory, '.shell-state');
  }

  /** Returns what the commands write. */
  public async run(code: string, variables: Record<string, string> = {}): Promise<string> {
    const given = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
    const script = [this.state, ...given, code, '{ pwd; export -p; declare -f; } > "$SHELL_STATE"'].join('\n');
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: this.directory, env: { ...this.env, SHELL_STATE: this.stateFile }, timeout: 300_000,
    });
    const [directory, ...state] = readFileSync(this.stateFile, 'utf8').split('\n');
    this.directory = directory;
    this.state = state.join('\n');
    return stdout;
  }
}

/**
 * Runs a sample until it writes what the page shows. One that only reads has a minute for that; any other one runs once. Returns what it
 * wrote.
 *
 * @param place the page and the line, for errors
 */
export async function runAsShown(place: string, sample: Sample, run: () => Promise<string>): Promise<string> {
  const patientUntil = Date.now() + (isRead(sample) ? PATIENCE_MS : 0);
  for (;;) {
    let output = '';
    try {
      output = await run();
      expectOutcome(sample, output);
      return output;
    } catch (error) {
      if (Date.now() > patientUntil) throw new Error(`${place}: ${(error as Error).message}\n\nThe sample wrote:\n${output}`);
      await delay(200);
    }
  }
}

/** Returns the variables that a page's samples take from the last reply. */
export function variablesFrom(output: string): Record<string, string> {
  const members = [['TASK_ID', 'taskId'], ['NEXT_TOKEN', 'nextToken']].map(([variable, member]) => (
    [variable, new RegExp(`"${member}":"([\\w-]+)"`).exec(output)?.[1]]
  ));
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** Throws if the output of a sample is not what the page shows. Ignores ids and times. */
function expectOutcome({ outcome }: Sample, output: string): void {
  if (outcome!.language === 'text') deepStrictEqual(withoutChance(output).trimEnd(), withoutChance(outcome!.text).trimEnd());
  else expectResponse(parseResponse(output), parseResponse(outcome!.text));
}

interface SampleResponse {
  readonly status: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Parses what `curl -i` writes. */
function parseResponse(text: string): SampleResponse {
  const [head, ...body] = text.replaceAll('\r\n', '\n').split('\n\n');
  const [statusLine, ...fields] = head.trim().split('\n');
  const [, status, reason] = /^HTTP\/[\d.]+ (\d{3}) ?(.*)$/.exec(statusLine) ?? [];
  if (status === undefined) throw new Error(`there is no status line, got '${text}'`);
  if (reason) deepStrictEqual(reason, STATUS_CODES[status]);
  const headers = new Headers(fields.map((field) => field.split(/:\s*(.*)/s, 2) as [string, string]));
  return { status, headers, body: body.join('\n\n').trim() };
}

/** Compares a response with the one on the page, which can omit headers and the body, and the last members of the body with `…`. */
function expectResponse(actual: SampleResponse, shown: SampleResponse): void {
  const { status, headers, body } = actual;
  const shownHeaders = Object.fromEntries(shown.headers);
  deepStrictEqual(
    { status, headers: withoutChance(Object.fromEntries(Object.keys(shownHeaders).map((name) => [name, headers.get(name)]))) },
    { status: shown.status, headers: withoutChance(shownHeaders) },
    `got ${status} ${JSON.stringify(Object.fromEntries(headers))} ${body}`,
  );
  if (shown.body === '') return;
  const isPart = /,\s*…\s*}$/.test(shown.body);
  const expected = JSON.parse(shown.body.replace(/,\s*…\s*}$/, '}'));
  const parsed = JSON.parse(body);
  const compared = isPart ? Object.fromEntries(Object.entries(parsed).filter(([name]) => name in expected)) : parsed;
  deepStrictEqual(withoutChance(compared), withoutChance(expected));
}

/** Replaces ids, times, tokens and pauses, which differ in each run. */
function withoutChance<T>(value: T): T {
  const json = JSON.stringify(value)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replace(/"nextToken":"[\w-]+"/g, '"nextToken":"<token>"')
    .replace(/"retry-after":"\d+"/g, '"retry-after":"<seconds>"');
  return JSON.parse(json);
}
