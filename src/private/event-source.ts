import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Returns the `source` of a TaskManager's events, which no other TaskManager on the same bus has. The name of a stack is unique in its
 * account and region, and the address of a construct is unique in its stack.
 *
 * EventBridge reserves the prefix `aws.`. A source can have 256 characters; this one has at most 179, so that a processor's suffix fits.
 */
export function uniqueEventSource(construct: IConstruct): string {
  const root = rootStackOf(construct);
  const path = construct.node.scopes.slice(root.node.scopes.length).map(({ node }) => node.id);
  const readable = path.join('.').replaceAll(/[^A-Za-z0-9._-]/g, '').slice(0, 28);
  return `task-manager.${root.stackName}.${readable}-${construct.node.addr.slice(-8)}`;
}

/** Returns the stack of a construct that is not nested in another one. Only such a stack has a name that is known before deployment. */
export function rootStackOf(construct: IConstruct): Stack {
  let root = Stack.of(construct);
  while (root.nestedStackParent) root = root.nestedStackParent;
  return root;
}
