import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AssetManifestArtifact, CloudAssembly, CloudFormationStackArtifact, NestedCloudAssemblyArtifact } from 'aws-cdk-lib/cx-api';
import { ACCOUNT, REGION } from '../engine/engine-environment';
import { EngineError } from '../engine/engine-error';

export interface Stack {
  readonly name: string;
  readonly parameters: Record<string, string>;
  readonly tags: Record<string, string>;
  /** Location of the template after the upload of the assets. Undefined for stacks that do not upload their template. */
  readonly templateLocation?: { readonly bucket: string; readonly key: string };
  readonly templateFile: string;
}

export interface Asset {
  readonly file: string;
  readonly isFolder: boolean;
  readonly bucket: string;
  readonly key: string;
}

/** Stacks and assets of a synthesized CDK app, including those of its stages. */
export interface Assembly {
  /** In the order of their dependencies. */
  readonly stacks: Stack[];
  readonly assets: Asset[];
}

/** Reads the output of `cdk synth`, also from a newer version of the CDK than the installed one. */
export function readAssembly(directory: string): Assembly {
  return collect(new CloudAssembly(directory, { skipVersionCheck: true }));
}

function collect(assembly: CloudAssembly): Assembly {
  const stacks: Stack[] = [];
  const assets: Asset[] = [];
  // The library sorts the artifacts by their dependencies.
  for (const artifact of assembly.artifacts) {
    if (CloudFormationStackArtifact.isCloudFormationStackArtifact(artifact)) {
      stacks.push(toStack(artifact));
    } else if (AssetManifestArtifact.isAssetManifestArtifact(artifact)) {
      assets.push(...readAssets(artifact.file));
    } else if (NestedCloudAssemblyArtifact.isNestedCloudAssemblyArtifact(artifact)) {
      const nested = collect(artifact.nestedAssembly);
      stacks.push(...nested.stacks);
      assets.push(...nested.assets);
    }
  }
  return { stacks, assets };
}

function toStack(artifact: CloudFormationStackArtifact): Stack {
  const location = /^s3:\/\/([^/]+)\/(.+)$/.exec(inThisEnvironment(artifact.stackTemplateAssetObjectUrl ?? ''));
  return {
    name: artifact.stackName,
    parameters: artifact.parameters,
    tags: artifact.tags,
    templateFile: artifact.templateFullPath,
    ...(location && { templateLocation: { bucket: location[1], key: location[2] } }),
  };
}

interface AssetManifest {
  readonly files?: Record<string, {
    readonly source: { readonly path?: string; readonly packaging?: 'file' | 'zip' };
    readonly destinations: Record<string, { readonly bucketName: string; readonly objectKey: string }>;
  }>;
  readonly dockerImages?: Record<string, unknown>;
}

function readAssets(manifestFile: string): Asset[] {
  const manifest: AssetManifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  if (Object.keys(manifest.dockerImages ?? {}).length > 0) {
    throw new EngineError(`the local engine does not build container images, but ${manifestFile} has Docker images`);
  }
  return Object.entries(manifest.files ?? {}).flatMap(([id, { source, destinations }]) => {
    const { path, packaging } = source;
    if (path === undefined) {
      throw new EngineError(`a command builds asset ${id} of ${manifestFile}, which the local engine does not support`);
    }
    return Object.values(destinations).map((destination) => ({
      file: resolve(dirname(manifestFile), path),
      isFolder: packaging === 'zip',
      bucket: inThisEnvironment(destination.bucketName),
      key: inThisEnvironment(destination.objectKey),
    }));
  });
}

/** Replaces the placeholders that the CDK writes into manifests if a stack has no environment. */
function inThisEnvironment(text: string): string {
  return text.replaceAll('${AWS::AccountId}', ACCOUNT).replaceAll('${AWS::Region}', REGION).replaceAll('${AWS::Partition}', 'aws');
}
