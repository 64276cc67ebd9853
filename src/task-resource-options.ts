import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';

/**
 * What the functions, queues and log groups of a TaskManager and of its processors have in common.
 */
export interface TaskResourceOptions {
  /**
   * The symmetric KMS key that encrypts the table, all queues and logs, the TaskManager's own event bus, its own result bucket, and the
   * state machines that run long work. It must be in the same account and region.
   *
   * The policy of the key gets statements for CloudWatch Logs and EventBridge. They contain no names of resources, so the key can be in
   * another stack. If CDK can't change the policy, because the key is imported, a warning has the statements
   * (`cdk-task-manager:keyPolicy`). The policy must also let the account's IAM policies give permissions, as it does by default.
   *
   * An `eventBus` of yours is encrypted as you define it.
   *
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The VPC in which the functions run. It must be in the same account and region.
   *
   * Functions in a VPC reach AWS through a NAT gateway, or through VPC endpoints.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the functions run outside of VPCs of yours
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of `vpc` in which the functions run.
   *
   * @default - the private subnets with a route to the internet
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the functions in `vpc`.
   *
   * @default - a new one for all of them, which allows outbound HTTPS only
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether X-Ray traces the functions and, with `Tracing.ACTIVE`, the stage of the TaskManager's own REST API and the state machines that
   * run long work.
   *
   * Events then carry the trace of the request that created their task, so that X-Ray continues it in what they invoke. If the request
   * has a `traceparent`, its `sampled` flag decides whether these functions are traced.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   * @default - no tracing
   */
  readonly tracing?: lambda.Tracing;
}
