import { allow, Case, deny, useQueue } from './case';
import { dynamodb, operatorRequests } from './code';
import { ProofApp } from '../app';
import { ACCOUNT, REGION } from '../deployment';
import { ProvedLiveUpdates } from '../live-updates';

/** Returns the requests of the functions of live updates, and of clients that sign their requests. */
export function requestsOfLiveUpdates(app: ProofApp, proved: ProvedLiveUpdates): Case[] {
  const { deployment } = app;
  const { live, taskManager, operator, expires } = proved;
  const [connections, publisher, sender] = [live.connectionHandler, live.publisher, live.sender].map((each) => app.role(each));
  const tasks = deployment.valueOf(taskManager, taskManager.table.tableArn);
  const table = deployment.valueOf(live, live.table.tableArn);
  const queue = deployment.valueOf(live, live.queue.queueArn);
  return [
    ...dynamodb(connections, { [tasks]: ['GetItem', 'UpdateItem'], [table]: ['DeleteItem', 'GetItem', 'PutItem'] }),
    ...dynamodb(publisher, { [tasks]: [], [table]: ['Query'] }),
    ...dynamodb(sender, { [tasks]: ['GetItem'], [table]: ['DeleteItem', 'Query'] }),
    ...useQueue(publisher, 'sqs:SendMessage', queue),
    ...useQueue(sender, 'sqs:SendMessage', queue),
    ...(expires ? useQueue(connections, 'sqs:SendMessage', queue) : [deny(connections, 'sqs:SendMessage', queue, 'not needed')]),
    ...operatorRequests(app, [live.deadLetterQueue], operator),
    ...manageConnections(app, proved),
    ...connect(app, proved),
  ];
}

/** The sender posts to connections of its own stage, and ends them. Nobody else does. */
function manageConnections(app: ProofApp, { live }: ProvedLiveUpdates): Case[] {
  const sender = app.role(live.sender);
  const action = 'execute-api:ManageConnections';
  const arn = (method: string, stage = 'live', api?: string) => arnOf(app, live, `${stage}/${method}/@connections/a1b2c3=`, api);
  return [
    ...['POST', 'DELETE'].flatMap((method) => [
      allow(sender, action, arn(method)),
      deny(sender, action, arn(method, 'another'), 'of another stage'),
      deny(sender, action, arn(method, 'live', 'AnotherApi'), 'of another API'),
      ...[live.connectionHandler, live.publisher].map((other) => deny(app.role(other), action, arn(method), 'not needed')),
    ]),
    deny(sender, action, arn('GET'), 'not needed'),
    deny(sender, 'execute-api:Invoke', arnOf(app, live, 'live/$connect'), 'not needed'),
  ];
}

function connect(app: ProofApp, { live, connector, stranger }: ProvedLiveUpdates): Case[] {
  const action = 'execute-api:Invoke';
  const role = app.role(connector);
  return [
    allow(role, action, arnOf(app, live, 'live/$connect')),
    deny(role, action, arnOf(app, live, 'live/$connect', 'AnotherApi'), 'of another API'),
    deny(role, action, arnOf(app, live, 'another/$connect'), 'of another stage'),
    deny(role, 'execute-api:ManageConnections', arnOf(app, live, 'live/POST/@connections/a1b2c3='), 'not granted'),
    deny(app.role(stranger), action, arnOf(app, live, 'live/$connect'), 'not granted'),
  ];
}

function arnOf({ deployment }: ProofApp, live: ProvedLiveUpdates['live'], path: string, api?: string): string {
  return `arn:aws:execute-api:${REGION}:${ACCOUNT}:${api ?? deployment.valueOf(live, live.webSocketApi.apiId)}/${path}`;
}
