/** Evaluates the policies of the synthesized templates with an independent IAM simulator. */
import { Case, describe } from './case';
import { requestsOfCode } from './code';
import { unproved } from './coverage';
import { requestsOfKeys } from './key';
import { requestsOfNetworks } from './network';
import { requestsOfOutsiders } from './outsider';
import { policiesOf } from './policies';
import { loadSimulator, PolicyEvaluator } from './simulator';
import { requestsOfServices } from './wiring';
import { EngineError } from '../../../local/engine/engine-error';
import { synthesizeProofApp } from '../app';

async function main(): Promise<void> {
  const evaluator = new PolicyEvaluator(await loadSimulator());
  const app = synthesizeProofApp();
  const policies = policiesOf(app.deployment);
  const calls = [...requestsOfServices(app.deployment), ...requestsOfCode(app), ...requestsOfNetworks(app.deployment)];
  const cases = [...calls, ...requestsOfKeys(app.deployment, calls), ...requestsOfOutsiders(app)];

  const failed: Case[] = [];
  for (const request of cases) {
    if (await evaluator.allows(request, policies) !== request.allowed) failed.push(request);
  }
  console.log(tableOf(cases));
  for (const request of failed) console.error(`FAILED: must be ${request.allowed ? 'allowed' : 'denied'}: ${describe(request)}`);

  const gaps = await unproved(evaluator, policies, cases);
  for (const gap of gaps) console.error(`UNPROVED: no case fails without ${gap}`);
  const statements = policies.reduce((sum, policy) => sum + policy.statements.length, 0);
  console.log(`${statements} statements of ${policies.length} policies: ${cases.length - failed.length} passed, ${failed.length} failed, ${gaps.length} unproved`);
  if (failed.length + gaps.length > 0) process.exitCode = 1;
}

/** Returns a table of the principals, with their allowed actions and the numbers of cases. */
function tableOf(cases: Case[]): string {
  const lines = [...new Set(cases.map(({ principal }) => principal))].sort().map((principal) => {
    const own = cases.filter((request) => request.principal === principal);
    const may = [...new Set(own.filter(({ allowed }) => allowed).map(({ action }) => action))].sort();
    return [principal, String(own.filter(({ allowed }) => allowed).length), String(own.filter(({ allowed }) => !allowed).length), may.join(' ')];
  });
  const rows = [['principal', 'allowed', 'denied', 'allowed actions'], ...lines];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

main().catch((error) => {
  console.error(error instanceof EngineError ? error.message : error);
  process.exitCode = 1;
});
