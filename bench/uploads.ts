import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { createdEvent } from './events';
import { bundleProgram, runProcess, runProgram, startEndpoint } from './function-process';
import { PROJECT } from './shipped-bundles';
import { pythonEnvironment } from '../local/engine/python-environment';

/** An upload by the helper of a language. */
export interface Upload {
  readonly language: string;
  readonly megabytes: number;
  /** Peak of the resident memory of the process. */
  readonly peakMb: number;
}

/** Measures the memory of functions that upload streams of these sizes. */
export async function measureUploads(sizes: number[]): Promise<Upload[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-uploads-'));
  const endpoint = await startEndpoint(path.join('upload', 'endpoint.ts'));
  try {
    const invoke = bundleProgram(path.join(__dirname, 'cold-path', 'invoke.ts'), scratch);
    const handler = path.join(scratch, 'upload.js');
    buildSync({
      entryPoints: [path.join(__dirname, 'upload', 'upload.lambda.ts')], bundle: true, minify: true, platform: 'node', target: 'node20', outfile: handler,
    });
    const python = await pythonEnvironment();
    const pythonPath = path.join(PROJECT, 'processor-python', 'src');
    const run: Record<string, (event: object) => Promise<{ peakMb: number }>> = {
      TypeScript: (event) => runProgram(invoke, [handler, JSON.stringify([event])], endpoint.url),
      Python: (event) => runProcess(python, [path.join(__dirname, 'upload', 'upload.py'), JSON.stringify(event)], {
        AWS_ENDPOINT_URL: endpoint.url, AWS_DEFAULT_REGION: 'us-east-1', PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: '1', HOME: scratch,
      }),
    };
    const uploads: Upload[] = [];
    for (const [language, upload] of Object.entries(run)) {
      for (const megabytes of sizes) uploads.push({ language, megabytes, peakMb: (await upload(uploadEvent(megabytes))).peakMb });
    }
    return uploads;
  } finally {
    endpoint.stop();
    rmSync(scratch, { recursive: true });
  }
}

function uploadEvent(megabytes: number): object {
  const event = createdEvent({ megabytes });
  event.detail.reportTo.resultBucketName = 'results';
  return event;
}
