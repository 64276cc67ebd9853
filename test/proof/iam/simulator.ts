import { createRequire } from 'node:module';
import * as path from 'node:path';
import { ANONYMOUS, Case, describe, guarded, OUTSIDER } from './case';
import { boundaryOf, Policy, Statement } from './policies';
import { installNpmTool } from '../../support/npm-tool';
import { ACCOUNT } from '../deployment';

/** The parts of @cloud-copilot/iam-simulate that this project uses. */
interface Simulator {
  runSimulation(simulation: object, options: { simulationMode: 'Strict' }): Promise<
    | { readonly resultType: 'error'; readonly errors: object }
    | { readonly resultType: 'single'; readonly overallResult: string; readonly result: { readonly ignoredContextKeys?: string[] } }
    | { readonly resultType: 'wildcard'; readonly overallResult: string }
  >;
}

const SOURCE = path.join(__dirname, 'simulator');

/** Installs and loads the simulator. Its licence is the AGPL, so it is a tool of this command, and never a dependency of the project. */
export async function loadSimulator(): Promise<Simulator> {
  const directory = await installNpmTool(SOURCE, 'iam-simulate');
  return createRequire(path.join(directory, 'package.json'))('@cloud-copilot/iam-simulate') as Simulator;
}

/** Evaluates requests against policies. */
export class PolicyEvaluator {
  constructor(private readonly simulator: Simulator) {}

  /** Returns whether the policies allow a request. Throws if the request is invalid. */
  public async allows(request: Case, policies: Policy[]): Promise<boolean> {
    const result = await this.simulate(request, policies);
    if (result.resultType === 'error') throw new Error(`${describe(request)} is not a valid request: ${JSON.stringify(result.errors)}`);
    if (result.resultType === 'single' && result.result.ignoredContextKeys?.length) {
      throw new Error(`${describe(request)} must not have ${result.result.ignoredContextKeys} in its context`);
    }
    return result.overallResult === 'Allowed';
  }

  private simulate(request: Case, policies: Policy[]) {
    const { principal, action, resource, context } = request;
    const attachedTo = (name: string) => policies.filter((policy) => policy.attachedTo.includes(name));
    const boundaries = documents(attachedTo(boundaryOf(principal)));
    const guard = attachedTo(guarded(request)).flatMap(({ statements }) => statements);
    return this.simulator.runSimulation(withKnownNames({
      request: {
        principal: principalOf(principal),
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: principal === OUTSIDER ? EVERYTHING : documents(attachedTo(principal)),
      ...(boundaries.length > 0 && { permissionBoundaryPolicies: boundaries }),
      ...(guard.length > 0 && { resourcePolicy: document(guard) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    }), { simulationMode: 'Strict' });
  }
}

const EVERYTHING = [{ name: 'Everything', policy: document([{ Effect: 'Allow', Action: '*', Resource: '*' }]) }];

function principalOf(name: string): string | { type: 'Anonymous' } {
  if (name === ANONYMOUS) return { type: 'Anonymous' };
  if (name.endsWith('.amazonaws.com')) return name;
  return `arn:aws:sts::${name === OUTSIDER ? '222222222222' : ACCOUNT}:assumed-role/${name}/session`;
}

/**
 * Replaces names that the simulator does not know, in policies and requests. Another key of KMS that holds a text stands in for the
 * condition keys of encryption contexts, which contain the name of the context. The route `$connect` as a resource gets a path, as all
 * methods have one.
 */
function withKnownNames(simulation: object): object {
  return JSON.parse(JSON.stringify(simulation)
    .replace(/"kms:EncryptionContext:[^"]+"(?=:)/g, '"kms:RequestAlias"')
    .replace(/(?<!SourceArn":"[^"]*)\/\$connect"/g, '/$connect/path"'));
}

function documents(policies: Policy[]): object[] {
  return policies.map(({ logicalId, statements }) => ({ name: logicalId, policy: document(statements) }));
}

function document(statements: Statement[]): object {
  return { Version: '2012-10-17', Statement: statements };
}
