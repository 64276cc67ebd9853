import { Token } from 'aws-cdk-lib';
import { validateTaskType } from './task-type';
import { TaskTypeEntry } from '../protocol';
import { TaskTypeOptions } from '../task-manager-props';

const JSON_TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** Keywords whose values are schemas, arrays of schemas, and schemas by name: https://json-schema.org/draft/2020-12/json-schema-core */
const SCHEMA = ['additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then', 'unevaluatedItems', 'unevaluatedProperties'];
const SCHEMA_ARRAY = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const SCHEMA_MAP = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Keywords whose values are arrays of something else. */
const LIST = ['enum', 'required'];

/** Checks the task types of a TaskManager. A schema that is wrong would otherwise fail requests, long after the deployment. */
export function taskTypeEntries(taskTypes: TaskTypeOptions[]): TaskTypeEntry[] {
  if (taskTypes.length === 0) throw new Error('taskTypes must have at least one task type, got none: leave it out to accept every type');
  const names = taskTypes.map(({ taskType }) => taskType);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`taskTypes must have each task type once, got '${twice}' twice`);
  for (const { taskType, payloadSchema } of taskTypes) {
    if (Token.isUnresolved(taskType)) throw new Error('taskTypes must be known at synthesis, got a Token');
    validateTaskType(taskType);
    if (payloadSchema === undefined) continue;
    if (hasToken(payloadSchema)) throw new Error(`payloadSchema of '${taskType}' must be known at synthesis, got a Token in it`);
    validateSchema(payloadSchema, payloadSchema, `payloadSchema of '${taskType}'`);
  }
  return taskTypes.map(({ taskType, payloadSchema }) => ({ taskType, payloadSchema }));
}

/** A number or a list can be a Token too, which a text of the whole would not show. */
function hasToken(value: unknown): boolean {
  return Token.isUnresolved(value) || (typeof value === 'object' && value !== null && Object.entries(value).some(([key, member]) => hasToken(key) || hasToken(member)));
}

function validateSchema(schema: unknown, root: object, at: string): void {
  if (typeof schema === 'boolean') return;
  if (!isObject(schema)) throw new Error(`${at} must be a JSON Schema, an object or a boolean, got ${JSON.stringify(schema)}`);
  const types = [schema.type ?? []].flat();
  const unknown = types.find((name) => !JSON_TYPES.includes(name as string));
  if (unknown !== undefined) throw new Error(`${at}/type must be of ${JSON_TYPES.join(', ')}, got ${JSON.stringify(unknown)}`);
  if (schema.$ref !== undefined && !String(schema.$ref).startsWith('#')) {
    throw new Error(`${at}/$ref must point into the schema itself, as in '#/$defs/name', got ${JSON.stringify(schema.$ref)}`);
  }
  if (schema.$ref !== undefined && !leadsToSchema(String(schema.$ref), root)) {
    throw new Error(`${at}/$ref must point to a schema that is there, got ${JSON.stringify(schema.$ref)}`);
  }
  if (schema.$schema !== undefined && schema.$schema !== DIALECT) {
    throw new Error(`${at}/$schema must be ${DIALECT}, got ${JSON.stringify(schema.$schema)}`);
  }
  if (schema.uniqueItems === true && schema.maxItems === undefined) {
    // Each is compared with each: 60 KB of numbers would take seconds.
    throw new Error(`${at}/uniqueItems must have a maxItems beside it`);
  }
  const noList = LIST.find((name) => schema[name] !== undefined && !Array.isArray(schema[name]));
  if (noList !== undefined) throw new Error(`${at}/${noList} must be an array, got ${JSON.stringify(schema[noList])}`);
  for (const pattern of [schema.pattern ?? [], Object.keys(schema.patternProperties ?? {})].flat()) validatePattern(pattern, at);
  for (const keyword of SCHEMA.filter((name) => schema[name] !== undefined)) validateSchema(schema[keyword], root, `${at}/${keyword}`);
  for (const keyword of [...SCHEMA_ARRAY, ...SCHEMA_MAP].filter((name) => schema[name] !== undefined)) {
    const members = schema[keyword];
    const isWanted = SCHEMA_ARRAY.includes(keyword) ? Array.isArray(members) : isObject(members);
    if (!isWanted) throw new Error(`${at}/${keyword} must be ${SCHEMA_ARRAY.includes(keyword) ? 'an array' : 'an object'} of schemas, got ${JSON.stringify(members)}`);
    for (const [name, member] of Object.entries(members as object)) validateSchema(member, root, `${at}/${keyword}/${name}`);
  }
}

/** Whether a reference into a schema, a JSON pointer (RFC 6901) or an anchor, leads somewhere. */
function leadsToSchema(reference: string, root: object): boolean {
  const target = decodeURIComponent(reference.slice(1));
  if (target !== '' && !target.startsWith('/')) return JSON.stringify(root).includes(`"$anchor":${JSON.stringify(target)}`);
  let place: any = root;
  for (const step of target.split('/').slice(1)) place = place?.[step.replace(/~1/g, '/').replace(/~0/g, '~')];
  return typeof place === 'boolean' || isObject(place);
}

function validatePattern(pattern: unknown, at: string): void {
  try {
    new RegExp(String(pattern), 'u');
  } catch {
    throw new Error(`${at} must have patterns that are regular expressions, got ${JSON.stringify(pattern)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
