/** A module of its own, so that the bundle contains only what it imports: `import()` of a package would bundle all of it. */
import { CloudFormationClient, DescribeStacksCommand, Output } from '@aws-sdk/client-cloudformation';
import { AwsConfig } from './aws';

export async function describeOutputs(stack: string, config: AwsConfig): Promise<Output[]> {
  const { Stacks: [found] = [] } = await new CloudFormationClient(config).send(new DescribeStacksCommand({ StackName: stack }));
  return found?.Outputs ?? [];
}
