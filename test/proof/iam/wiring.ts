import { allow, Case, deny, OVER_TLS, useQueue } from './case';
import { ACCOUNT, Deployment, REGION, Resource } from '../deployment';
import { LEGACY } from '../endpoints';

/**
 * Returns the requests of AWS services. They follow from the sources and targets of rules, event source mappings, methods and destinations
 * in the templates, not from policies.
 */
export function requestsOfServices(deployment: Deployment): Case[] {
  const resolve = (value: any) => deployment.resolve(value);
  const roleOf = new Map(deployment.ofType('AWS::Lambda::Function').map(({ logicalId, properties }) =>
    [deployment.attribute(logicalId, 'Arn'), resolve(properties.Role).split('/').at(-1) as string]));
  const ofFunction = (nameOrArn: string) => deployment.attribute(nameOrArn.split(':')[6] ?? nameOrArn, 'Arn');
  return [
    ...deployment.ofType('AWS::Lambda::Function').flatMap(({ properties }) => functionRequests(resolve(properties))),
    ...deployment.ofType('AWS::Lambda::EventSourceMapping').flatMap(({ properties }) => {
      const mapping = resolve(properties);
      return mappingRequests(mapping, roleOf.get(ofFunction(mapping.FunctionName))!);
    }),
    ...deployment.ofType('AWS::Lambda::EventInvokeConfig').flatMap(({ properties }) => {
      const { FunctionName, DestinationConfig = {} } = resolve(properties);
      const role = roleOf.get(ofFunction(FunctionName))!;
      return Object.values<any>(DestinationConfig).flatMap(({ Destination }) => destinationRequests(role, Destination));
    }),
    ...deployment.ofType('AWS::Events::Rule').flatMap((rule) => ruleRequests(deployment, rule)),
    ...deployment.ofType('AWS::StepFunctions::StateMachine').flatMap(({ properties: { RoleArn, TracingConfiguration } }) =>
      machineRequests(resolve({ RoleArn, TracingConfiguration }))),
    ...deployment.ofType('AWS::ECS::TaskDefinition').flatMap(({ properties }) => taskRequests(resolve(properties))),
    ...deployment.ofType('AWS::ApiGateway::Method').flatMap((method) => methodRequests(deployment, method)),
    ...deployment.ofType('AWS::ApiGatewayV2::Route').flatMap((route) => routeRequests(deployment, route)),
    ...deployment.ofType('AWS::ApiGateway::Authorizer', 'AWS::ApiGatewayV2::Authorizer').flatMap(({ logicalId, properties }) => {
      const { AuthorizerUri, RestApiId, ApiId } = resolve(properties);
      return AuthorizerUri ? apiRequests(AuthorizerUri, RestApiId ?? ApiId, `authorizers/${logicalId}`) : [];
    }),
  ];
}

function functionRequests({ Role, LoggingConfig, TracingConfig }: any): Case[] {
  return [
    ...assumeRole('lambda.amazonaws.com', Role),
    ...writeLogs(Role, LoggingConfig?.LogGroup),
    ...(TracingConfig ? writeTraces(Role) : []),
  ];
}

function machineRequests({ RoleArn, TracingConfiguration }: any): Case[] {
  return [...assumeRole('states.amazonaws.com', RoleArn), ...(TracingConfiguration ? [...writeTraces(RoleArn), ...sampleTraces(RoleArn)] : [])];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html */
function writeTraces(roleArn: string): Case[] {
  return ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((action) => allow(roleArn.split('/').at(-1)!, action, '*'));
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html */
function sampleTraces(roleArn: string): Case[] {
  return ['xray:GetSamplingRules', 'xray:GetSamplingTargets'].map((action) => allow(roleArn.split('/').at(-1)!, action, '*'));
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html */
function taskRequests({ TaskRoleArn, ExecutionRoleArn, ContainerDefinitions }: any): Case[] {
  return [
    ...[TaskRoleArn, ExecutionRoleArn].flatMap((role) => assumeRole('ecs-tasks.amazonaws.com', role)),
    ...ContainerDefinitions.flatMap(({ LogConfiguration }: any) => writeLogs(ExecutionRoleArn, LogConfiguration.Options['awslogs-group'])),
  ];
}

function assumeRole(service: string, role: string): Case[] {
  return [allow(service, 'sts:AssumeRole', role), deny('ec2.amazonaws.com', 'sts:AssumeRole', role, 'another service')];
}

function writeLogs(roleArn: string, group: string | undefined): Case[] {
  const role = roleArn.split('/').at(-1)!;
  const log = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}:log-stream:2026/01/01/[1]f`;
  return group === undefined ? [] : [allow(role, 'logs:CreateLogStream', log), allow(role, 'logs:PutLogEvents', log)];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-permissions.html, …/services-sqs-configure.html */
function mappingRequests({ EventSourceArn, DestinationConfig }: any, role: string): Case[] {
  const onFailure = DestinationConfig?.OnFailure?.Destination;
  const actions: Record<string, string[]> = {
    dynamodb: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    sqs: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  };
  const service = EventSourceArn.split(':')[2];
  return [
    ...actions[service].flatMap((action) => service === 'sqs' ? useQueue(role, action, EventSourceArn) : [allow(role, action, EventSourceArn)]),
    ...(onFailure ? destinationRequests(role, onFailure) : []),
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function destinationRequests(role: string, destination: string): Case[] {
  switch (destination.split(':')[2]) {
    case 'lambda': return [allow(role, 'lambda:InvokeFunction', destination)];
    case 'sqs': return useQueue(role, 'sqs:SendMessage', destination);
    default: throw new Error(`permissions for destination ${destination} are unknown: add them to test/proof/iam/wiring.ts`);
  }
}

function ruleRequests(deployment: Deployment, { logicalId, properties }: Resource): Case[] {
  const rule = deployment.attribute(logicalId, 'Arn');
  return deployment.resolve(properties.Targets).flatMap(({ Arn, DeadLetterConfig, RoleArn }: any) => {
    if (RoleArn) throw new Error(`permissions for the target of ${logicalId}, which has a role, are unknown: add them to test/proof/iam/wiring.ts`);
    const isFunction = Arn.split(':')[2] === 'lambda';
    const action = isFunction ? 'lambda:InvokeFunction' : 'sqs:SendMessage';
    return [
      ...serviceRequests('events.amazonaws.com', action, Arn, rule),
      deny('events.amazonaws.com', action, Arn, 'for another rule of the bus', { 'aws:SourceArn': `${rule}Another`, 'aws:SourceAccount': ACCOUNT, ...OVER_TLS }),
      ...(DeadLetterConfig ? serviceRequests('events.amazonaws.com', 'sqs:SendMessage', DeadLetterConfig.Arn, rule) : []),
    ];
  });
}

function methodRequests(deployment: Deployment, { properties }: Resource): Case[] {
  const { HttpMethod, RestApiId, ResourceId, Integration } = deployment.resolve(properties);
  if (!/AWS/.test(Integration.Type)) return [];
  return stagesOf(deployment, RestApiId).flatMap((stage) => apiRequests(Integration.Uri, RestApiId, `${stage}/${HttpMethod}${pathOf(deployment, ResourceId)}`));
}

/** Returns the stages of an API that the app defines, or those to which the app deploys another one. */
function stagesOf(deployment: Deployment, restApiId: string): string[] {
  const properties = deployment.ofType('AWS::ApiGateway::Stage', 'AWS::ApiGateway::Deployment').map((resource) => deployment.resolve(resource.properties));
  return [...new Set(properties.filter((each) => each.RestApiId === restApiId && each.StageName).map(({ StageName }) => StageName))];
}

function pathOf(deployment: Deployment, resourceId: string): string {
  if (resourceId === LEGACY.resourceId) return LEGACY.path;
  const resource = deployment.ofType('AWS::ApiGateway::Resource').find(({ logicalId }) => logicalId === resourceId);
  if (!resource) return '';
  const { ParentId, PathPart } = deployment.resolve(resource.properties);
  return `${pathOf(deployment, ParentId)}/${withoutParameters(PathPart)}`;
}

/** Replaces path parameters by a value. */
function withoutParameters(path: string): string {
  return path.replace(/\{[^}]*\}/g, '0190-af');
}

function routeRequests(deployment: Deployment, { properties }: Resource): Case[] {
  const { ApiId, RouteKey, Target } = deployment.resolve(properties);
  const integration = deployment.ofType('AWS::ApiGatewayV2::Integration').find(({ logicalId }) => Target === `integrations/${logicalId}`)!;
  const [stage] = deployment.ofType('AWS::ApiGatewayV2::Stage').map((each) => deployment.resolve(each.properties)).filter((each) => each.ApiId === ApiId);
  const { IntegrationUri } = deployment.resolve(integration.properties);
  return apiRequests(IntegrationUri, ApiId, `${stage.StageName}/${withoutParameters(RouteKey.replace(' ', ''))}`);
}

function apiRequests(uri: string, api: string, rest: string): Case[] {
  // The URI of an integration of an HTTP API is the ARN of the function.
  const handler = /functions\/(.*)\/invocations$/.exec(uri)?.[1] ?? uri;
  return serviceRequests('apigateway.amazonaws.com', 'lambda:InvokeFunction', handler, `arn:aws:execute-api:${REGION}:${ACCOUNT}:${api}/${rest}`);
}

/** Returns a request of a service for a resource, which is denied to other services and for other resources. */
function serviceRequests(principal: string, action: string, resource: string, source: string): Case[] {
  const isQueue = action.startsWith('sqs:');
  const request = allow(principal, action, resource, { 'aws:SourceArn': source, 'aws:SourceAccount': ACCOUNT, ...(isQueue && { 'aws:SecureTransport': 'true' }) });
  const denied = (as: string, change: Partial<Case>, context: Case['context'] = {}): Case =>
    ({ ...request, ...change, context: { ...request.context, ...context }, allowed: false, as });
  return [
    request,
    denied('another service', { principal: 's3.amazonaws.com' }),
    denied('for another bus or API', {}, { 'aws:SourceArn': elsewhere(source) }),
    denied('for another account', {}, { 'aws:SourceArn': source.replace(ACCOUNT, '222222222222'), 'aws:SourceAccount': '222222222222' }),
    ...(isQueue ? [denied('over plain HTTP', {}, { 'aws:SecureTransport': 'false' })] : []),
  ];
}

/** Returns the ARN of a rule on another bus, or of a method of another API. */
function elsewhere(source: string): string {
  return source.replace(/:rule\/(.*\/)?/, ':rule/AnotherBus/').replace(/^(arn:aws:execute-api:.*:)[^:/]*\//, '$1AnotherApi/');
}
