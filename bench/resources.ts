import { table } from './documentation';
import { countResources } from './synthesis';

/** What a TaskManager needs each type of resource for. */
const REASONS: Record<string, string> = {
  'AWS::ApiGateway::RestApi': 'the API',
  'AWS::ApiGateway::Deployment': 'deploys the API to its stage',
  'AWS::ApiGateway::Stage': 'the stage of the API, with its throttling',
  'AWS::ApiGateway::Resource': '`tasks`, `{taskId}`, `cancel`',
  'AWS::ApiGateway::Method': 'create, list, get, cancel',
  'AWS::ApiGateway::GatewayResponse': 'API Gateway\'s own errors as problem details: unrouted, 401, 429, other 4xx, 5xx',
  'AWS::DynamoDB::GlobalTable': 'the tasks; a TableV2, with one replica',
  'AWS::Events::EventBus': 'the events; none if `eventBus` is given',
  'AWS::Events::Rule': 'from the bus to the updater\'s queue; the sweeper\'s schedule',
  'AWS::IAM::Role': 'one for each function, so that each has only the permissions that it needs',
  'AWS::IAM::Policy': 'permissions of each role; the sweeper\'s permission to invoke itself has its own policy',
  'AWS::Lambda::Function': 'API, publisher, updater, sweeper, status reader',
  'AWS::Lambda::EventSourceMapping': 'stream to publisher; queue and undelivered events to updater',
  'AWS::Lambda::EventInvokeConfig': 'no retries of a sweep, because the next one starts within a minute',
  'AWS::Lambda::Permission': 'API Gateway may invoke the API\'s function for each method; the schedule may invoke the sweeper',
  'AWS::Logs::LogGroup': 'one for each function, with a retention',
  'AWS::SQS::Queue': 'reports, undelivered events, and the dead letters of publisher and updater',
  'AWS::SQS::QueuePolicy': 'TLS only, and which rules may send',
};

export function resourcesTable(): string {
  const counts = Object.entries(countResources()).sort(([a], [b]) => a < b ? -1 : 1);
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  return table(['resource', 'number', 'for'], [
    ...counts.map(([type, count]) => [`\`${type}\``, count, reason(type)]),
    ['**total**', `**${sum}**`, 'of 500 that a stack can have'],
  ]);
}

function reason(type: string): string {
  if (REASONS[type] === undefined) throw new Error(`REASONS in bench/resources.ts must have ${type}`);
  return REASONS[type];
}
