import { App, Stack } from 'aws-cdk-lib';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { functionOf } from './constructs';
import { TaskLiveAuth, TaskLiveUpdates, TaskManager } from '../../src';

/** Live updates of the app, a function that can connect, and one that can't. */
export interface ProvedLiveUpdates {
  readonly live: TaskLiveUpdates;
  readonly taskManager: TaskManager;
  readonly connector: lambda.Function;
  readonly stranger: lambda.Function;
  /** Can read the dead-letter queue. */
  readonly operator: lambda.Function;
  /** Whether connections end with their credentials, so that the handler queues their end. */
  readonly expires: boolean;
}

/** Defines live updates with each kind of authorization, in the stack of their TaskManager and in another one. */
export function addLiveUpdates(app: App, managers: Record<'shared' | 'ofUsers' | 'ofPartners' | 'hardened', TaskManager>): ProvedLiveUpdates[] {
  const { shared, ofUsers, ofPartners, hardened } = managers;
  const issuer = TaskLiveAuth.jwt('https://issuer.example', { audience: ['app'] });
  const partners = new WebSocketLambdaAuthorizer('Partners', functionOf(Stack.of(ofPartners), 'PartnersLiveAuthorizer'), { identitySource: [] });
  return [
    prove(new Stack(app, 'SharedLive'), shared),
    prove(Stack.of(ofUsers), ofUsers, issuer, true),
    prove(Stack.of(ofPartners), ofPartners, TaskLiveAuth.authorizer(partners, { ownerContextKey: 'partner' })),
    prove(Stack.of(hardened), hardened),
  ];
}

function prove(stack: Stack, taskManager: TaskManager, auth?: TaskLiveAuth, expires = false): ProvedLiveUpdates {
  const id = `${taskManager.node.id}Live`;
  const live = new TaskLiveUpdates(stack, id, { taskManager, auth, accessLogs: true });
  const [connector, stranger, operator] = ['Connector', 'Stranger', 'Operator'].map((name) => functionOf(stack, `${id}${name}`));
  live.grantConnect(connector);
  live.deadLetterQueue.grantConsumeMessages(operator);
  return { live, taskManager, connector, stranger, operator, expires };
}
