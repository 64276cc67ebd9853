import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { TaskEndpoint, TaskManager, TaskProcessor } from 'cdk-task-manager';
import { Construct } from 'constructs';
import { Foundation } from './foundation';

export interface PayrollServiceProps extends StackProps {
  readonly foundation: Foundation;
}

/** Runs payrolls: its API is private, its data are encrypted with a key of the company, and its functions run in the company's VPC. */
export class PayrollService extends Stack {
  public readonly tasks: TaskManager;
  /** May create and read tasks. */
  public readonly backOffice: iam.Role;

  constructor(scope: Construct, id: string, { foundation, ...props }: PayrollServiceProps) {
    super(scope, id, props);
    const { encryptionKey, vpc, apiEndpoint } = foundation;
    const vpcSubnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };

    this.tasks = new TaskManager(this, 'Tasks', {
      endpoint: TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.PRIVATE, vpcEndpoints: [apiEndpoint] }),
      taskTypes: [{ taskType: 'payroll', payloadSchema: { type: 'object', required: ['month'], properties: { month: { type: 'string' } } } }],
      taskTimeout: Duration.hours(2),
      encryptionKey,
      vpc,
      vpcSubnets,
      tracing: lambda.Tracing.ACTIVE,
      // Processors that are busy can't take what ends their tasks.
      reservedConcurrency: { api: 50, statusPublisher: 10, statusUpdater: 20, sweeper: 5 },
      deletionProtection: true,
    });
    new TaskProcessor(this, 'Payroll', {
      taskManager: this.tasks,
      taskType: 'payroll',
      handler: this.payroll(vpc, vpcSubnets, encryptionKey),
      completeOnReturn: true,
    });

    this.backOffice = new iam.Role(this, 'BackOffice', { assumedBy: new iam.AccountRootPrincipal() });
    this.tasks.grantCreate(this.backOffice);
    this.tasks.grantRead(this.backOffice);

    // The limit of what the roles of the stack can do. Their policies can't allow more.
    iam.PermissionsBoundary.of(this).apply(this.boundary(encryptionKey.keyArn));
    new CfnOutput(this, 'ApiUrl', { value: this.tasks.apiUrl });
  }

  /** Does the work. A real one would read the hours and write the payslips. */
  private payroll(vpc: ec2.IVpc, vpcSubnets: ec2.SubnetSelection, encryptionKey: kms.IKey): lambda.Function {
    return new lambda.Function(this, 'PayrollFunction', {
      code: lambda.Code.fromInline('exports.handler = async ({ detail }) => ({ month: detail.payload.month, payslips: 42 });'),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      timeout: Duration.minutes(15),
      vpc,
      vpcSubnets,
      // Otherwise, Lambda would create one without the key, and the boundary does not allow that.
      logGroup: new logs.LogGroup(this, 'PayrollLog', { encryptionKey, removalPolicy: RemovalPolicy.DESTROY }),
    });
  }

  private boundary(keyArn: string): iam.ManagedPolicy {
    return new iam.ManagedPolicy(this, 'Boundary', {
      statements: [
        new iam.PolicyStatement({
          actions: [
            'dynamodb:*', 'ec2:*NetworkInterface*', 'ec2:DescribeSubnets', 'ec2:*PrivateIpAddresses', 'events:PutEvents',
            'execute-api:Invoke', 'lambda:InvokeFunction', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:*', 'xray:Put*',
          ],
          resources: ['*'],
        }),
        new iam.PolicyStatement({ actions: ['kms:*'], resources: [keyArn] }),
      ],
    });
  }
}
