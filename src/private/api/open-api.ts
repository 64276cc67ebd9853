import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { API_KEY_HEADER } from './cors';
import { addPayloadComponents, componentName } from './payload-components';
import { TaskApi } from './task-api';
import { TaskTypeEntry } from '../../protocol/environment';
import { HEADER, IDENTIFIER, MEDIA_TYPE } from '../../protocol/wire';

export interface OpenApiOptions {
  readonly api: Pick<TaskApi, 'apiKeyRequired' | 'authConfig'>;
  /** Whether API Gateway's own errors are problem details, too. */
  readonly hasGatewayResponses: boolean;
  readonly taskTypes?: TaskTypeEntry[];
  readonly taskTimeout: Duration;
  readonly maxPollWait: Duration;
}

type Json = Record<string, any>;

/** Returns the OpenAPI document of one TaskManager, from the document of all (see `openapi/`). */
export function renderOpenApi({ api, hasGatewayResponses, taskTypes, taskTimeout, maxPollWait }: OpenApiOptions): Json {
  const document: Json = JSON.parse(readFileSync(path.join(__dirname, '..', '..', '..', 'assets', 'openapi.json'), 'utf8'));
  const { schemas, securitySchemes } = document.components;
  const operations: Json[] = Object.values(document.paths as Json).flatMap((item: Json) => [item.get, item.post]).filter(Boolean);

  const { authConfig, apiKeyRequired } = api;
  const caller = securityScheme(authConfig);
  const apiKey = apiKeyRequired ? { type: 'apiKey', name: API_KEY_HEADER, in: 'header' } : undefined;
  Object.assign(securitySchemes, { ...(caller && { caller }), ...(apiKey && { apiKey }) });
  document.security = caller || apiKey ? [{ ...(caller && { caller: [] }), ...(apiKey && { apiKey: [] }) }] : [];
  if (!hasGatewayResponses) addGatewayErrors(schemas, operations);

  if (authConfig.ownerHeader !== undefined) {
    const schema = { type: 'string', pattern: IDENTIFIER.source };
    const parameter = { name: authConfig.ownerHeader, in: 'header', required: true, description: 'The owner of the tasks', schema };
    for (const operation of operations) operation.parameters = [...operation.parameters ?? [], parameter];
  }
  const getTask = document.paths['/tasks/{taskId}'].get;
  if (maxPollWait.toSeconds() === 0) getTask.parameters = getTask.parameters.filter(({ name }: Json) => name !== HEADER.PREFER);

  if (!taskTimeout.isUnresolved()) schemas.CreateTask.properties.timeoutSeconds.maximum = taskTimeout.toSeconds();
  if (taskTypes) addTaskTypes(schemas, taskTypes);
  return document;
}

/** Statuses of errors that API Gateway itself can answer with. */
const GATEWAY_STATUSES = ['401', '403', '413', '429', '503', 'default'];

/** Adds API Gateway's own errors, where they are no problem details. */
function addGatewayErrors(schemas: Json, operations: Json[]): void {
  schemas.GatewayError = {
    title: 'GatewayError', description: 'Error of API Gateway itself', type: 'object', properties: { message: { type: 'string' } },
  };
  for (const { responses } of operations) {
    for (const status of GATEWAY_STATUSES.filter((one) => one in responses)) {
      responses[status].content[MEDIA_TYPE.JSON] = { schema: { $ref: '#/components/schemas/GatewayError' } };
    }
  }
}

/** Gives each task type a request of its own. Generators find it by the task type. */
function addTaskTypes(schemas: Json, taskTypes: TaskTypeEntry[]): void {
  const { title, ...createTask } = schemas.CreateTask;
  const references = taskTypes.map(({ taskType, payloadSchema }): [string, string] => {
    const properties = { ...createTask.properties, type: { type: 'string', const: taskType } };
    const payload = payloadSchema && addPayloadComponents(schemas, taskType, payloadSchema);
    const name = componentName(schemas, `CreateTask.${taskType}`);
    schemas[name] = payload
      ? { ...createTask, properties: { ...properties, payload: { $ref: payload } }, required: [...createTask.required, 'payload'] }
      : { ...createTask, properties };
    return [taskType, `#/components/schemas/${name}`];
  });
  schemas.CreateTask = {
    title,
    oneOf: references.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName: 'type', mapping: Object.fromEntries(references) },
  };
}

function securityScheme({ authorizationType, tokenHeader }: OpenApiOptions['api']['authConfig']): Json | undefined {
  switch (authorizationType) {
    case apigateway.AuthorizationType.NONE:
      return undefined;
    case apigateway.AuthorizationType.IAM:
      // OpenAPI has no scheme for Signature Version 4. API Gateway's own export uses this one.
      return { 'type': 'apiKey', 'name': HEADER.AUTHORIZATION, 'in': 'header', 'x-amazon-apigateway-authtype': 'awsSigv4' };
    default:
      return { type: 'apiKey', name: tokenHeader ?? HEADER.AUTHORIZATION, in: 'header', description: 'A token' };
  }
}
