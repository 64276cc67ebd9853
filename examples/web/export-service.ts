import * as path from 'node:path';
import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { TaskApiAuth, TaskEndpoint, TaskLiveAuth, TaskLiveUpdates, TaskManager, TaskProcessor, TaskResults } from 'cdk-task-manager';
import { Construct } from 'constructs';

/** Where users sign in: an OpenID provider. */
export interface SignIn {
  /** As in the claim `iss` of its tokens. */
  readonly issuer: string;
  /** Id of the page at the provider. */
  readonly clientId: string;
  /** URL of the sign-in pages, without a slash at the end. */
  readonly url: string;
}

export interface ExportServiceProps extends StackProps {
  /** Origin of the page. */
  readonly siteUrl: string;
  readonly signIn: SignIn;
}

/** Exports orders for the users of a page. Each of them sees their own tasks only, by HTTP and over the WebSocket. */
export class ExportService extends Stack {
  public readonly tasks: TaskManager;

  constructor(scope: Construct, id: string, { siteUrl, signIn, ...props }: ExportServiceProps) {
    super(scope, id, props);
    const audience = [signIn.clientId];
    this.tasks = new TaskManager(this, 'Tasks', {
      endpoint: TaskEndpoint.httpApi(),
      auth: TaskApiAuth.jwt(signIn.issuer, { audience }),
      corsAllowOrigins: [siteUrl],
      resultBucket: TaskResults.bucket(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const live = new TaskLiveUpdates(this, 'Live', {
      taskManager: this.tasks,
      auth: TaskLiveAuth.jwt(signIn.issuer, { audience }),
    });

    const exporter = new NodejsFunction(this, 'Exporter', {
      entry: path.join(__dirname, 'exporter.lambda.ts'),
      runtime: lambda.Runtime.NODEJS_24_X,
      timeout: Duration.minutes(15),
      bundling: { bundleAwsSDK: true, minify: true },
    });
    for (const taskType of ['export-orders', 'count-orders']) {
      new TaskProcessor(this, taskType, { taskManager: this.tasks, taskType, handler: exporter });
    }

    new CfnOutput(this, 'ApiUrl', { value: this.tasks.apiUrl });
    new CfnOutput(this, 'LiveUrl', { value: live.url });
    new CfnOutput(this, 'SignInUrl', { value: signIn.url });
    new CfnOutput(this, 'ClientId', { value: signIn.clientId });
  }
}
