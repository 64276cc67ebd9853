import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStacksCommand, paginateDescribeStackEvents, Stack as DeployedStack,
  StackEvent, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { Stack } from './assembly';
import { EngineError } from '../engine/engine-error';

const POLL_MS = 20;
const PATIENCE_MS = 120_000;

/**
 * Creates or updates a stack, and waits for the end.
 *
 * @throws EngineError with the resources that failed, and why
 */
export async function deployStack(cloudFormation: CloudFormationClient, endpoint: string, stack: Stack): Promise<DeployedStack> {
  const { templateLocation } = stack;
  const request = {
    StackName: stack.name,
    // By URL if possible: a template in the request is limited to 51,200 bytes.
    ...(templateLocation
      ? { TemplateURL: `${endpoint}/${templateLocation.bucket}/${templateLocation.key}` }
      : { TemplateBody: readFileSync(stack.templateFile, 'utf8') }),
    Parameters: Object.entries(stack.parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
    Capabilities: ['CAPABILITY_IAM' as const, 'CAPABILITY_NAMED_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const],
  };
  let existing = await describe(cloudFormation, stack.name);
  if (existing?.StackStatus === 'ROLLBACK_COMPLETE') {
    // Its creation failed, so it can only be deleted.
    await deleteStack(cloudFormation, stack.name);
    existing = undefined;
  }
  try {
    await cloudFormation.send(existing ? new UpdateStackCommand(request) : new CreateStackCommand(request));
  } catch (error) {
    if (existing && /No updates are to be performed/.test(String(error))) {
      return existing;
    }
    throw new EngineError(`CloudFormation refused stack ${stack.name}: ${(error as Error).message}`, { cause: error });
  }

  const ended = await waitForEnd(cloudFormation, stack.name);
  if (ended?.StackStatus !== 'CREATE_COMPLETE' && ended?.StackStatus !== 'UPDATE_COMPLETE') {
    throw await failure(cloudFormation, stack.name, ended);
  }
  return ended;
}

/** @throws EngineError with the resources that failed, and why */
export async function deleteStack(cloudFormation: CloudFormationClient, name: string): Promise<void> {
  await cloudFormation.send(new DeleteStackCommand({ StackName: name }));
  const ended = await waitForEnd(cloudFormation, name);
  if (ended && ended.StackStatus !== 'DELETE_COMPLETE') {
    throw await failure(cloudFormation, name, ended);
  }
}

async function waitForEnd(cloudFormation: CloudFormationClient, name: string): Promise<DeployedStack | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const stack = await describe(cloudFormation, name);
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) {
      return stack;
    }
    if (Date.now() > deadline) {
      throw new EngineError(`stack ${name} is still ${stack.StackStatus} after ${PATIENCE_MS / 1000} seconds`);
    }
    await delay(POLL_MS);
  }
}

async function describe(cloudFormation: CloudFormationClient, name: string): Promise<DeployedStack | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    if (/does not exist/.test(String(error))) {
      return undefined;
    }
    throw error;
  }
}

async function failure(cloudFormation: CloudFormationClient, name: string, stack: DeployedStack | undefined): Promise<EngineError> {
  const events = await eventsOfLastOperation(cloudFormation, stack?.StackId ?? name);
  const reasons = events
    .filter((event) => event.ResourceStatus?.endsWith('_FAILED') && event.PhysicalResourceId !== event.StackId)
    .map((event) => `  ${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason ?? event.ResourceStatus}`);
  const why = reasons.length > 0 ? reasons.join('\n') : `  ${stack?.StackStatusReason ?? 'no reason given'}`;
  return new EngineError(`stack ${name} ended as ${stack?.StackStatus ?? 'deleted'}:\n${why}`);
}

/** Returns the events in the order of time: the first failure is the cause. */
async function eventsOfLastOperation(cloudFormation: CloudFormationClient, stackId: string): Promise<StackEvent[]> {
  const events: StackEvent[] = [];
  for await (const page of paginateDescribeStackEvents({ client: cloudFormation }, { StackName: stackId })) {
    for (const event of page.StackEvents ?? []) {
      events.unshift(event);
      if (event.PhysicalResourceId === event.StackId && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(event.ResourceStatus ?? '')) {
        return events;
      }
    }
  }
  return events;
}
