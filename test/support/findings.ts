import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { IConstruct } from 'constructs';
import { transformSync } from 'esbuild';
import { CHECKED_STACKS } from './checked-stacks';
import { PROJECT } from './command';
import { fileOf } from './page-samples';

const PAGE = path.join(PROJECT, 'docs', 'company-rules.md');

/** Numbers of findings, by stack. */
export type Counts = Record<string, number>;

/** The findings of a tool, by rule. */
export type Findings = Record<string, Counts>;

/** Returns the table of findings in a section of docs/company-rules.md. */
export function documentedFindings(heading: string): Findings {
  return Object.fromEntries(rowsOf(heading).map(({ rule, counts }) => [rule, counts]));
}

/** Returns why the findings in a section of the page stay, by rule, without formatting. */
export function documentedReasons(heading: string): Record<string, string> {
  return Object.fromEntries(rowsOf(heading).map(({ rule, reason }) => [rule, reason.replaceAll('`', '')]));
}

function rowsOf(heading: string): { rule: string; counts: Counts; reason: string }[] {
  const [, section] = new RegExp(`^## ${heading}$(.*?)(?=^## |$(?![^]))`, 'ms').exec(readFileSync(PAGE, 'utf8'))!;
  const stacks = Object.keys(CHECKED_STACKS);
  return [...section.matchAll(/^\| `([\w.-]+)` \| (.*) \|$/gm)].map(([, rule, rest]) => {
    const [, ...cells] = rest.split(' | ');
    const counts = stacks.map((stack, i) => [stack, cells[i] === '–' ? 0 : Number(cells[i])]);
    return { rule, counts: Object.fromEntries(counts), reason: cells[stacks.length] };
  });
}

/** Counts the findings of each stack by rule. */
export function countFindings(rulesOfStacks: Record<string, string[]>): Findings {
  const stacks = Object.keys(rulesOfStacks);
  const rules = [...new Set(Object.values(rulesOfStacks).flat())].sort();
  const count = (stack: string, rule: string) => rulesOfStacks[stack].filter((found) => found === rule).length;
  return Object.fromEntries(rules.map((rule) => [rule, Object.fromEntries(stacks.map((stack) => [stack, count(stack, rule)]))]));
}

/** Returns what a file in TypeScript of the page exports. */
export function sampleOf(file: string, load: NodeJS.Require = require): Record<string, (...constructs: IConstruct[]) => void> {
  const sample = { exports: {} };
  const { code } = transformSync(fileOf(readFileSync(PAGE, 'utf8'), file), { format: 'cjs', loader: 'ts' });
  new Function('module', 'exports', 'require', code)(sample, sample.exports, load);
  return sample.exports;
}

/** Returns the reasons in a sample of the page, by rule. */
export function reasonsIn(file: string): Record<string, string> {
  const source = fileOf(readFileSync(PAGE, 'utf8'), file);
  return Object.fromEntries([...source.matchAll(/^ +'?([\w.-]+)'?: '(.*)',$/gm)].map(([, rule, reason]) => [rule, reason]));
}
