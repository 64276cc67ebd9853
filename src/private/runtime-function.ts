import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { RemovalPolicy, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { grantNetworkInterfaces } from './network-permissions';
import { TaskResourceOptions } from '../task-resource-options';

type Options = 'description' | 'environment' | 'maxEventAge' | 'memorySize' | 'recursiveLoop' | 'reservedConcurrentExecutions'
  | 'retryAttempts' | 'timeout';

export interface RuntimeFunctionProps extends Pick<lambda.FunctionOptions, Options> {
  /** Name of the entry point in `src/runtime`, without `.lambda.ts`. */
  readonly entry: string;
  /** Contents of files to add to the code, by file name. */
  readonly files?: Record<string, string>;
  readonly logRetention: logs.RetentionDays;
  /** What all functions of a TaskManager have in common. */
  readonly resourceOptions: TaskResourceOptions;
  /** Whether the caller gives the role what each function needs, with `grantBasics()`. */
  readonly withoutPermissions?: boolean;
}

/** A Lambda function of this library: its bundled code, and a role that can do only what each function needs. */
export class RuntimeFunction extends lambda.Function {
  private readonly isInVpc: boolean;

  constructor(scope: Construct, id: string, props: RuntimeFunctionProps) {
    const { entry, files, logRetention, resourceOptions, withoutPermissions, ...options } = props;
    const { encryptionKey, ...connections } = resourceOptions;
    const logGroup = new logs.LogGroup(scope, `${id}Log`, {
      retention: logRetention,
      encryptionKey,
      // Logs are not worth keeping without the function that wrote them.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      memorySize: 512,
      ...options,
      ...connections,
      code: lambda.Code.fromAsset(codeDirectory(scope, entry, files)),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      // Leaves out a line for each start and end: metrics have the same data, and the lines cost more than the run time of the functions.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      // The default role has a managed policy that can write to all log groups of the account.
      role: new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
    });
    this.isInVpc = connections.vpc !== undefined;
    if (!withoutPermissions) this.grantBasics(this);
  }

  /** Grants what each function needs: to write to its log group and, in a VPC, to be connected to it. */
  protected grantBasics(grantee: iam.IGrantable): void {
    this.logGroup.grantWrite(grantee);
    if (this.isInVpc) grantNetworkInterfaces(grantee);
  }
}

function codeDirectory(scope: Construct, entry: string, files: Record<string, string> | undefined): string {
  const bundle = path.join(__dirname, '..', '..', 'assets', `${entry}.lambda`);
  if (!files) return bundle;
  // In the cloud assembly, because nothing would remove a temporary directory. The name has a hash of the files, because CDK caches the
  // fingerprint of an asset by its path.
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  const directory = path.join(Stage.of(scope)!.assetOutdir, `${entry}-${hash}.lambda`);
  mkdirSync(directory, { recursive: true });
  // Not copyFile, which keeps permissions: some package managers make packages read-only.
  for (const name of readdirSync(bundle)) writeFileSync(path.join(directory, name), readFileSync(path.join(bundle, name)));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
  return directory;
}
