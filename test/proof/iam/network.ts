import { allow, Case, deny } from './case';
import { ACCOUNT, Deployment, REGION } from '../deployment';

const arn = (resource: string) => `arn:aws:ec2:${REGION}:${ACCOUNT}:${resource}`;

/** What Lambda does to connect a function to a VPC, by its resources. */
const ACTIONS: Record<string, string> = {
  'ec2:AssignPrivateIpAddresses': arn('network-interface/eni-1'),
  'ec2:CreateNetworkInterface': arn('network-interface/*'),
  'ec2:DeleteNetworkInterface': arn('network-interface/eni-1'),
  'ec2:DescribeNetworkInterfaces': '*',
  'ec2:DescribeSubnets': '*',
  'ec2:UnassignPrivateIpAddresses': arn('network-interface/eni-1'),
};

/**
 * Returns what Lambda does with the role of each function in a VPC, and the code of the function must not do.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
export function requestsOfNetworks(deployment: Deployment): Case[] {
  return deployment.ofType('AWS::Lambda::Function').filter(({ properties }) => properties.VpcConfig).flatMap(({ logicalId, properties }) => {
    const role: string = deployment.resolve(properties.Role).split('/').at(-1);
    const ofCode = { 'lambda:SourceFunctionArn': deployment.attribute(logicalId, 'Arn') };
    return Object.entries(ACTIONS).flatMap(([action, resource]) => [
      allow(role, action, resource), deny(role, action, resource, 'by the code of the function', ofCode),
    ]);
  });
}
