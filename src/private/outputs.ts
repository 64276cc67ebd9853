import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { TaskApi } from './api/task-api';
import { validateFirst } from './monitoring/parts';
import { ApiAuthKind, OUTPUT } from '../protocol/wire';
import type { TaskLiveUpdates } from '../task-live-updates';
import type { TaskManager } from '../task-manager';
import { TaskOutputsOptions } from '../task-outputs-options';

/** Defines the outputs by which the command line finds a TaskManager. */
export class Outputs extends Construct {
  public readonly outputName: string;

  constructor(taskManager: TaskManager, { authorizationType, ownerHeader }: TaskApi['authConfig'], options: TaskOutputsOptions) {
    validateFirst(taskManager, ID, 'createOutputs', 'pass all options to the first');
    const { outputName = taskManager.node.id.replaceAll(/[^A-Za-z0-9]/g, ''), liveUpdates } = options;
    validateOutputName(outputName, taskManager);
    if (liveUpdates) validateLiveUpdates(liveUpdates, taskManager);
    super(taskManager, ID);
    this.outputName = outputName;

    this.add(OUTPUT.API_URL, taskManager.apiUrl, 'The URL of the API');
    this.add(OUTPUT.AUTH, authKindOf(authorizationType), 'How the API authorizes callers');
    this.add(OUTPUT.OWNER_HEADER, ownerHeader, 'The header in which callers of the API name the owner');
    this.add(OUTPUT.LIVE_URL, liveUpdates?.url, 'The URL of the live updates');
    this.add(OUTPUT.LIVE_OWNER_PARAMETER, liveUpdates?._ownerParameter,
      'The query parameter in which callers of the live updates name the owner');
    this.add(OUTPUT.STATUS_PUBLISHER, taskManager.statusPublisher.functionName, 'The name of the function that publishes status changes');
    this.add(OUTPUT.STATUS_PUBLISHER_DEAD_LETTER_QUEUE, taskManager.statusPublisherDeadLetterQueue.queueUrl,
      'The URL of the queue of the status changes that could not be published');
    this.add(OUTPUT.STATUS_UPDATER_QUEUE, taskManager.statusUpdaterQueue.queueUrl,
      'The URL of the queue of the reports that are not written yet');
    this.add(OUTPUT.STATUS_UPDATER_DEAD_LETTER_QUEUE, taskManager.statusUpdaterDeadLetterQueue.queueUrl,
      'The URL of the queue of the reports that could not be written');
    this.add(OUTPUT.UNDELIVERED_QUEUE, taskManager.undeliveredQueue.queueUrl,
      'The URL of the queue of the events that could not be delivered');
    this.add(OUTPUT.UNDELIVERED_DEAD_LETTER_QUEUE, taskManager.undeliveredDeadLetterQueue.queueUrl,
      'The URL of the queue of the undelivered events whose task could not be failed');
    this.add(OUTPUT.EVENT_BUS, taskManager.eventBus.eventBusName, 'The name of the event bus');
    this.add(OUTPUT.EVENT_BUS_DEAD_LETTER_QUEUE, taskManager.eventBusDeadLetterQueue?.queueUrl,
      'The URL of the queue of the events that the event bus could not encrypt or decrypt');
  }

  private add(name: string, value: string | undefined, description: string): void {
    if (value !== undefined) new CfnOutput(this, name, { key: `${this.outputName}${name}`, value, description });
  }
}

const ID = 'Outputs';

// Logical ids have up to 255 characters.
const OUTPUT_NAME = /^[A-Za-z][A-Za-z0-9]{0,199}$/;

function validateOutputName(outputName: string, taskManager: TaskManager): void {
  const got = `got '${outputName}' for ${taskManager.node.path}`;
  if (!OUTPUT_NAME.test(outputName)) {
    throw new Error(`outputName of createOutputs() must be a letter, then up to 199 letters and digits, ${got}`);
  }
  const stack = Stack.of(taskManager);
  const other = stack.node.findAll().find((construct) => (
    construct instanceof Outputs && construct.outputName === outputName && Stack.of(construct) === stack
  ));
  if (other) {
    throw new Error(`outputName of createOutputs() must be unique in the stack, ${got}, and ${other.node.scope!.node.path} has it, too`);
  }
}

function validateLiveUpdates(liveUpdates: TaskLiveUpdates, taskManager: TaskManager): void {
  const { node: { path }, _taskManager: watched } = liveUpdates;
  if (watched !== taskManager) {
    throw new Error(`liveUpdates of createOutputs() must be those of ${taskManager.node.path}, got ${path}, those of ${watched.node.path}`);
  }
  if (Stack.of(liveUpdates) !== Stack.of(taskManager)) {
    throw new Error(`liveUpdates of createOutputs() must be in the stack of ${taskManager.node.path}, got ${path} of another stack: `
      + 'omit them, and pass their URL to the command line with --live-url');
  }
}

function authKindOf(authorizationType: string): ApiAuthKind {
  switch (authorizationType) {
    case apigateway.AuthorizationType.IAM: return 'iam';
    case apigateway.AuthorizationType.COGNITO: return 'cognito';
    case apigateway.AuthorizationType.NONE: return 'none';
    case 'JWT': return 'jwt';
    default: return 'authorizer';
  }
}
