/** A module of its own, so that the bundle contains only what it imports: `import()` of a package would bundle all of it. */
import { CloudFormationClient, DescribeStacksCommand, Output } from '@aws-sdk/client-cloudformation';
import { Aws } from './aws';
import { CommandError } from '../errors';

export async function describeOutputs(stack: string, aws: Aws): Promise<Output[]> {
  try {
    const { Stacks: [found] = [] } = await new CloudFormationClient(aws).send(new DescribeStacksCommand({ StackName: stack }));
    return found?.Outputs ?? [];
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'ValidationError' || !message.includes('does not exist')) throw error;
    throw new CommandError(`there is no stack ${stack} in the region ${await aws.region()} of the account`);
  }
}
