/** A module of its own, so that the bundle contains only what it imports: `import()` of a package would bundle all of it. */
import { CloudFormationClient, DescribeStacksCommand, Output } from '@aws-sdk/client-cloudformation';
import { Aws } from './aws';

export async function describeOutputs(stack: string, aws: Aws): Promise<Output[]> {
  const { Stacks: [found] = [] } = await new CloudFormationClient(aws).send(new DescribeStacksCommand({ StackName: stack }));
  return found?.Outputs ?? [];
}
