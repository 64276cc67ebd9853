import * as iam from 'aws-cdk-lib/aws-iam';

/** What Lambda does to connect a function to a VPC, with the role of the function. */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
];

/**
 * Lets Lambda connect a function to a VPC, and denies the same to the code of the function.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export function grantNetworkInterfaces({ grantPrincipal }: iam.IGrantable): void {
  // The interfaces do not exist yet, and Describe actions know no resources. AWS's managed policy has the same asterisk.
  const statement = { actions: NETWORK_ACTIONS, resources: ['*'] };
  grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement(statement));
  grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({
    ...statement,
    effect: iam.Effect.DENY,
    // Requests of the code have the ARN of the function, those of Lambda itself have not. The ARN itself would be a cycle: the function
    // depends on its role. https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
  }));
}
