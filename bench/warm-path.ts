import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ARRANGEMENTS, SHIPPED, WITH_SDK_CLIENT } from './cold-path/arrangements';
import { createRequest, pollRequest } from './events';
import { bundleProgram, runProgram, startEndpoint } from './function-process';
import { bundleLikeApi } from './shipped-bundles';
import { median, round } from '../test/support/stats';

/** CPU time of a function for one request or record, in microseconds. */
export interface WarmPath {
  readonly what: string;
  /** Without a client: only our own code. */
  readonly ownMicroseconds?: number;
  /** With the SDK, which builds, signs and parses each call. */
  readonly withSdkMicroseconds: number;
  /** With the small client of the API's function, which does the same. */
  readonly withSmallClientMicroseconds?: number;
}

export interface WarmRounds {
  readonly rounds: number;
  /** Number of requests or records that each round measures, of each kind. */
  readonly calls: number;
}

/** A program, and which column its result is for. */
interface Candidate {
  readonly column: Exclude<keyof WarmPath, 'what'>;
  readonly program: string;
  readonly args: string[];
  /** CPU time by what was done, of each round. */
  readonly times: Record<string, number>[];
}

/** Measures functions in processes of their own, in turns, so that other load on the machine affects all alike. Returns medians. */
export async function measureWarmPath({ rounds, calls }: WarmRounds): Promise<WarmPath[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-warm-'));
  const endpoint = await startEndpoint();
  try {
    const candidates = prepare(scratch, String(calls));
    for (let i = 0; i < rounds; i++) {
      for (const { program, args, times } of candidates) times.push(await runProgram(program, args, endpoint.url));
    }
    const names = [...new Set(candidates.flatMap(({ times }) => Object.keys(times[0])))];
    return names.map((what) => {
      const measured = candidates.filter(({ times }) => what in times[0]);
      const columns = measured.map(({ column, times }) => [column, round(median(times.map((time) => time[what])))]);
      return { what, ...Object.fromEntries(columns) };
    });
  } finally {
    endpoint.stop();
    rmSync(scratch, { recursive: true });
  }
}

function prepare(scratch: string, calls: string): Candidate[] {
  const source = (name: string) => path.join(__dirname, 'warm-path', `${name}.ts`);
  const bundle = (name: string, client: 'small' | 'sdk') => bundleLikeApi(source(name), client, path.join(scratch, client));
  const [api, apiWithSmallClient, pipeline] = [bundle('api', 'sdk'), bundle('api', 'small'), bundle('pipeline', 'sdk')];
  const online = bundleProgram(source('online'), scratch);
  const functionOf = (name: string) => ARRANGEMENTS.find((arrangement) => arrangement.name === name)!.build(path.join(scratch, name)).api;
  const requests = [createRequest(), pollRequest('')].map((event) => JSON.stringify(event));
  const candidate = (column: Candidate['column'], program: string, ...args: string[]): Candidate => ({ column, program, args, times: [] });
  return [
    candidate('ownMicroseconds', api, 'stubs', calls),
    candidate('withSdkMicroseconds', api, 'clients', calls),
    candidate('withSmallClientMicroseconds', apiWithSmallClient, 'clients', calls),
    candidate('withSdkMicroseconds', online, functionOf(WITH_SDK_CLIENT), calls, ...requests),
    candidate('withSmallClientMicroseconds', online, functionOf(SHIPPED), calls, ...requests),
    candidate('ownMicroseconds', pipeline, 'stubs', calls),
    candidate('withSdkMicroseconds', pipeline, 'clients', calls),
  ];
}
