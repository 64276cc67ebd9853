import { Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a company has already: a key, and a VPC without a way to the internet. */
export class Foundation extends Stack {
  public readonly encryptionKey: kms.Key;
  public readonly vpc: ec2.Vpc;
  /** The only way to private APIs. */
  public readonly apiEndpoint: ec2.InterfaceVpcEndpoint;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.encryptionKey = new kms.Key(this, 'Key', { enableKeyRotation: true });
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
      gatewayEndpoints: { DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB } },
    });
    // What the functions of a TaskManager call, beside DynamoDB, and where they send traces.
    const { EVENTBRIDGE, LAMBDA, SQS, XRAY, APIGATEWAY } = ec2.InterfaceVpcEndpointAwsService;
    for (const [name, service] of Object.entries({ EVENTBRIDGE, LAMBDA, SQS, XRAY })) this.vpc.addInterfaceEndpoint(name, { service });
    this.apiEndpoint = this.vpc.addInterfaceEndpoint('Api', { service: APIGATEWAY });
  }
}
