import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { readAssembly } from './assembly';
import { deleteStack, deployStack } from './stack-operations';
import { upload } from './upload';
import { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-error';
import { localUrl } from '../engine/local-url';

/** Templates check this parameter first: the version of `cdk bootstrap`. */
const BOOTSTRAP_VERSION = { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30' };

/** The engine to deploy to. It can be one that another process runs. */
export type DeploymentTarget = Pick<Engine, 'url' | 'sdkClientConfig'>;

export interface Deployment {
  /** Names of the stacks, in the order of their deployment. */
  readonly stackNames: string[];

  /** Returns the outputs of a stack by their logical ids (`CfnOutput`). */
  outputs(stackName: string): Record<string, string>;

  /** Returns the physical id of a resource, from its logical id (`stack.getLogicalId`). */
  physicalId(stackName: string, logicalId: string): string;

  /** Returns the local URL of the API, or of the resource of an API, whose URL on AWS is an output. It ends in a slash if that URL does. */
  apiUrl(stackName: string, outputKey: string): string;

  /** Deletes the stacks. As on AWS, retained resources stay. */
  destroy(): Promise<void>;
}

/**
 * Deploys all stacks of a synthesized CDK app, in a tenth of the time that the CDK CLI takes. Updates stacks that exist.
 *
 * The engine accepts unknown properties, so a successful deployment proves little about AWS.
 *
 * @param assemblyDirectory the directory that `app.synth().directory` returns
 * @throws EngineError if a stack fails
 */
export async function deploy(engine: DeploymentTarget, assemblyDirectory: string): Promise<Deployment> {
  const { stacks, assets } = readAssembly(assemblyDirectory);
  await bootstrap(engine);
  await withSdkClient(new S3Client(engine.sdkClientConfig), (s3) => upload(s3, assets));

  const outputs = new Map<string, Record<string, string>>();
  const physicalIds = new Map<string, Record<string, string>>();
  await withSdkClient(new CloudFormationClient(engine.sdkClientConfig), async (cloudFormation) => {
    for (const stack of stacks) {
      const deployed = await deployStack(cloudFormation, engine.url, stack);
      outputs.set(stack.name, Object.fromEntries((deployed.Outputs ?? []).map((output) => [output.OutputKey!, output.OutputValue!])));
      physicalIds.set(stack.name, await listPhysicalIds(cloudFormation, stack.name));
    }
  });

  const stackNames = stacks.map((stack) => stack.name);
  const deployment: Deployment = {
    stackNames,
    outputs: (stackName) => find(outputs, stackName, 'stack'),
    physicalId: (stackName, logicalId) => find(toMap(find(physicalIds, stackName, 'stack')), logicalId, `resource of ${stackName}`),
    apiUrl: (stackName, outputKey) => localUrl(engine, find(toMap(deployment.outputs(stackName)), outputKey, `output of ${stackName}`)),
    destroy: async () => withSdkClient(new CloudFormationClient(engine.sdkClientConfig), async (cloudFormation) => {
      for (const stackName of [...stackNames].reverse()) {
        await deleteStack(cloudFormation, stackName);
      }
    }),
  };
  return deployment;
}

async function bootstrap(engine: DeploymentTarget): Promise<void> {
  await withSdkClient(new SSMClient(engine.sdkClientConfig), async (ssm) => {
    await ssm.send(new PutParameterCommand({ ...BOOTSTRAP_VERSION, Type: 'String', Overwrite: true }));
  });
}

async function listPhysicalIds(cloudFormation: CloudFormationClient, stackName: string): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stackName })) {
    for (const resource of page.StackResourceSummaries ?? []) {
      ids[resource.LogicalResourceId!] = resource.PhysicalResourceId ?? '';
    }
  }
  return ids;
}

async function withSdkClient<C extends { destroy(): void }, T>(sdkClient: C, use: (sdkClient: C) => Promise<T>): Promise<T> {
  try {
    return await use(sdkClient);
  } finally {
    sdkClient.destroy();
  }
}

function find<T>(entries: Map<string, T>, key: string, what: string): T {
  const found = entries.get(key);
  if (found === undefined) {
    throw new EngineError(`there is no ${what} named '${key}'; there are: ${[...entries.keys()].sort().join(', ') || 'none'}`);
  }
  return found;
}

function toMap(record: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(record));
}
