import { table } from './documentation';
import { countResources } from './synthesis';

/** Why a TaskManager has the resources that it has. */
const REASONS: Record<string, string> = {
  'AWS::ApiGateway::RestApi': 'the API',
  'AWS::ApiGateway::Deployment': 'puts the API on its stage',
  'AWS::ApiGateway::Stage': 'the API\'s stage, with its throttling',
  'AWS::ApiGateway::Resource': '`tasks`, `{taskId}`, `cancel`',
  'AWS::ApiGateway::Method': 'create, list, get, cancel',
  'AWS::ApiGateway::GatewayResponse': 'API Gateway\'s own errors as problem details: unrouted, 401, 429, other 4xx, 5xx',
  'AWS::DynamoDB::GlobalTable': 'the tasks; a TableV2, with one replica',
  'AWS::Events::EventBus': 'the events; none if `eventBus` is given',
  'AWS::Events::Rule': 'from the bus to the updater\'s queue; the sweeper\'s schedule',
  'AWS::IAM::Role': 'one for each function, so that each may do only what it has to',
  'AWS::IAM::Policy': 'what each role may do; the sweeper\'s right to invoke itself has one of its own',
  'AWS::Lambda::Function': 'API, publisher, updater, sweeper',
  'AWS::Lambda::EventSourceMapping': 'stream to publisher; queue and undelivered events to updater',
  'AWS::Lambda::EventInvokeConfig': 'no retries for a sweep: the next one is',
  'AWS::Lambda::Permission': 'API Gateway invokes the API\'s function, by method; the schedule invokes the sweeper',
  'AWS::Logs::LogGroup': 'one for each function, with a retention',
  'AWS::SQS::Queue': 'reports, undelivered events, and the dead letters of publisher and updater',
  'AWS::SQS::QueuePolicy': 'TLS only, and who may send',
};

export function resourcesTable(): string {
  const counts = Object.entries(countResources()).sort(([a], [b]) => a < b ? -1 : 1);
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  return table(['resource', 'number', 'for'], [
    ...counts.map(([type, count]) => [`\`${type}\``, count, reason(type)]),
    ['**together**', `**${sum}**`, 'of 500 that a stack may have'],
  ]);
}

function reason(type: string): string {
  if (REASONS[type] === undefined) throw new Error(`bench/resources.ts gives no reason for ${type}`);
  return REASONS[type];
}
