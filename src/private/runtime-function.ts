import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { RemovalPolicy, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

type Options = 'description' | 'environment' | 'maxEventAge' | 'retryAttempts' | 'timeout';

export interface RuntimeFunctionProps extends Pick<lambda.FunctionOptions, Options> {
  /** Name of the entry point in src/runtime, without `.lambda.ts`. */
  readonly entry: string;
  /** Contents of files to put beside the code, by their names. */
  readonly files?: Record<string, string>;
  readonly logRetention: logs.RetentionDays;
}

/** A Lambda function of ours: ready-made code, and a role that may do nothing but write its log. */
export class RuntimeFunction extends lambda.Function {
  constructor(scope: Construct, id: string, { entry, files, logRetention, ...options }: RuntimeFunctionProps) {
    const logGroup = new logs.LogGroup(scope, `${id}Log`, {
      retention: logRetention,
      // A log is no record: it goes with the function that wrote it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      ...options,
      code: lambda.Code.fromAsset(codeDirectory(scope, entry, files)),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 512,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      // Without the lines for each start and end: metrics tell the same, and the lines cost more than the functions' time.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      // The default role would carry a managed policy that may write to every log group of the account.
      role: new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
    });
    logGroup.grantWrite(this);
  }
}

function codeDirectory(scope: Construct, entry: string, files: Record<string, string> | undefined): string {
  const bundle = path.join(__dirname, '..', '..', 'assets', `${entry}.lambda`);
  if (!files) return bundle;
  // In the cloud assembly, and not in a temporary directory: nobody would remove it there. Named by what is new in it, since CDK reads a path once.
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  const directory = path.join(Stage.of(scope)!.assetOutdir, `${entry}-${hash}.lambda`);
  mkdirSync(directory, { recursive: true });
  // By their contents: a package manager may have made the package read-only, which a copy would be too.
  for (const name of readdirSync(bundle)) writeFileSync(path.join(directory, name), readFileSync(path.join(bundle, name)));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
  return directory;
}
