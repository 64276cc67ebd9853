import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Names the events of a TaskManager. The name of a stack is unique in its account and region, and the construct's address in
 * its stack: together they name one TaskManager, also where many share a bus.
 *
 * The prefix keeps clear of `aws.`, which EventBridge reserves. At most 179 of the 256 characters that a source may have, so
 * that a processor's suffix fits.
 */
export function uniqueEventSource(construct: IConstruct): string {
  let root = Stack.of(construct);
  while (root.nestedStackParent) root = root.nestedStackParent;

  const path = construct.node.scopes.slice(root.node.scopes.length).map(({ node }) => node.id);
  const readable = path.join('.').replaceAll(/[^A-Za-z0-9._-]/g, '').slice(0, 28);
  return `task-manager.${root.stackName}.${readable}-${construct.node.addr.slice(-8)}`;
}
