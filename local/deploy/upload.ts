import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Asset } from './assembly';
import { EngineError } from '../engine/engine-error';
import { PYTHON_FLAGS, pythonEnvironment } from '../engine/python-environment';
import { run } from '../run';

const ZIP_SCRIPT = join(__dirname, 'zip_folders.py');

/** Uploads the assets to the buckets and keys that the templates expect. */
export async function upload(s3: S3Client, assets: Asset[]): Promise<void> {
  // Stacks share assets.
  const unique = [...new Map(assets.map((asset) => [`${asset.bucket}/${asset.key}`, asset])).values()];
  for (const bucket of new Set(unique.map((asset) => asset.bucket))) {
    // In us-east-1, creating a bucket that you already own is not an error.
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  }

  const directory = mkdtempSync(join(tmpdir(), 'cdk-task-manager-assets-'));
  try {
    const zipped = await zipFolders(unique.filter((asset) => asset.isFolder).map((asset) => asset.file), directory);
    await Promise.all(unique.map((asset) => s3.send(new PutObjectCommand({
      Bucket: asset.bucket,
      Key: asset.key,
      Body: readFileSync(zipped.get(asset.file) ?? asset.file),
    }))));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Zips all folders in one run. Returns the zip file of each folder. */
async function zipFolders(folders: string[], directory: string): Promise<Map<string, string>> {
  const zipped = new Map([...new Set(folders)].map((folder, index) => [folder, join(directory, `${index}.zip`)]));
  if (zipped.size > 0) {
    const { code, output } = await run(await pythonEnvironment(), [...PYTHON_FLAGS, ZIP_SCRIPT, ...[...zipped].flat()]);
    if (code !== 0) {
      throw new EngineError(`could not zip the assets:\n${output.trim()}`);
    }
  }
  return zipped;
}
