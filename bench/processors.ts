import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { buildSync } from 'esbuild';
import { createdEvent } from './events';
import { bundleProgram, runProgram, startEndpoint } from './function-process';
import { handWrittenProcessor } from './processors/hand-written';
import { cpuMicroseconds } from './warm-path/cpu-time';
import { offlineClient, stubClient } from './warm-path/sdk-clients';
import { taskProcessor } from '../processor/src';
import { median, quantile, round } from '../test/support/stats';

/** A function that processes tasks. Times are medians, in milliseconds since its process started. */
export interface ProcessorCost {
  readonly reports: string;
  readonly sdk: string;
  readonly gzippedKib: number;
  readonly loadedMs: number;
  readonly firstTaskMs: number;
  /** Lower and upper quartile of `firstTaskMs`. */
  readonly spreadMs: [number, number];
  /** CPU time of the process. */
  readonly cpuMs: number;
}

export interface ProcessorCosts {
  readonly cold: ProcessorCost[];
  /** CPU time of a task in a warm process, in microseconds. */
  readonly warm: { readonly reports: string; readonly ownMicroseconds: number; readonly withSdkMicroseconds: number }[];
}

interface Candidate {
  readonly reports: string;
  readonly sdk: string;
  readonly file: string;
  readonly times: { loadedMs: number; answeredMs: number[]; cpuMs: number }[];
}

export const BY_HAND = 'by hand';
const BY_HELPER = 'by the helper';

const ENTRIES = { [BY_HAND]: 'hand-written', [BY_HELPER]: 'helper' };

/** Where the SDK comes from. The first one is the default of NodejsFunction. */
const SDKS = {
  'of the runtime': ['@aws-sdk/*', '@smithy/*'],
  'bundled, client of EventBridge only': ['@aws-sdk/client-lambda', '@aws-sdk/client-s3', '@aws-sdk/client-sqs', '@aws-sdk/lib-storage'],
  'bundled, with the optional clients': [],
};

/** Measures what the helper costs, against the same reports written by hand. The functions take turns. */
export async function measureProcessors(rounds: number, tasks: number): Promise<ProcessorCosts> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-processors-'));
  const endpoint = await startEndpoint();
  try {
    const invoke = bundleProgram(path.join(__dirname, 'cold-path', 'invoke.ts'), scratch);
    const candidates = Object.entries(SDKS).flatMap(([sdk, external], i) => Object.entries(ENTRIES).map(([reports, entry]): Candidate => ({
      reports, sdk, file: bundle(entry, path.join(scratch, String(i)), external), times: [],
    })));
    // The first round is not counted: it fills the caches of the file system.
    for (let i = -1; i < rounds; i++) {
      for (const { file, times } of candidates) {
        const time = await runProgram<Candidate['times'][number]>(invoke, [file, JSON.stringify([createdEvent()])], endpoint.url);
        if (i >= 0) times.push(time);
      }
    }
    return {
      cold: candidates.map(({ reports, sdk, file, times }) => {
        const first = times.map(({ answeredMs: [ms] }) => ms);
        return {
          reports,
          sdk,
          gzippedKib: round(gzipSync(readFileSync(file), { level: 9 }).length / 1024),
          loadedMs: round(median(times.map(({ loadedMs }) => loadedMs))),
          firstTaskMs: round(median(first)),
          spreadMs: [round(quantile(first, 0.25)), round(quantile(first, 0.75))],
          cpuMs: round(median(times.map(({ cpuMs }) => cpuMs))),
        };
      }),
      warm: await measureWarm(tasks),
    };
  } finally {
    endpoint.stop();
    rmSync(scratch, { recursive: true });
  }
}

/** Bundles a function as NodejsFunction does, and minifies it. */
function bundle(entry: string, outdir: string, external: string[]): string {
  const outfile = path.join(outdir, `${entry}.js`);
  buildSync({
    entryPoints: [path.join(__dirname, 'processors', `${entry}.lambda.ts`)], bundle: true, minify: true, platform: 'node', target: 'node20', external, outfile,
  });
  return outfile;
}

async function measureWarm(tasks: number): Promise<ProcessorCosts['warm']> {
  const work = async () => ({ rows: 3 });
  const processors: Record<string, (sdkClient: typeof stubClient) => (event: any) => Promise<unknown>> = {
    [BY_HAND]: (sdkClient) => handWrittenProcessor(work, sdkClient(EventBridgeClient)),
    [BY_HELPER]: (sdkClient) => taskProcessor(work, { eventBridge: sdkClient(EventBridgeClient) }),
  };
  const event = createdEvent();
  const results: ProcessorCosts['warm'][number][] = [];
  for (const [reports, processor] of Object.entries(processors)) {
    const [own, withSdk] = [processor(stubClient), processor(offlineClient)];
    results.push({
      reports,
      ownMicroseconds: await cpuMicroseconds(async () => own(event), tasks, 1),
      withSdkMicroseconds: await cpuMicroseconds(async () => withSdk(event), tasks, 1),
    });
  }
  return results;
}
