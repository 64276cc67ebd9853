import { Token } from 'aws-cdk-lib';
import { validateTaskType } from './task-type';
import { TaskTypeEntry } from '../protocol';
import { TaskTypeOptions } from '../task-manager-props';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const JSON_TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** Keywords whose values are schemas, arrays of schemas, and schemas by name: https://json-schema.org/draft/2020-12/json-schema-core */
const SCHEMA = ['additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then', 'unevaluatedItems', 'unevaluatedProperties'];
const SCHEMA_ARRAY = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const SCHEMA_MAP = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];

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

function validateSchema(schema: unknown, root: object, at: string, references: string[] = []): void {
  if (typeof schema === 'boolean') return;
  if (!isObject(schema)) throw new Error(`${at} must be a JSON Schema, an object or a boolean, got ${JSON.stringify(schema)}`);
  const types = [schema.type ?? []].flat();
  const unknown = types.find((name) => !JSON_TYPES.includes(name as string));
  if (unknown !== undefined) throw new Error(`${at}/type must be of ${JSON_TYPES.join(', ')}, got ${JSON.stringify(unknown)}`);
  if (schema.$ref !== undefined) validateReference(schema.$ref, root, at, references);
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
  for (const keyword of SCHEMA.filter((name) => schema[name] !== undefined)) validateSchema(schema[keyword], root, `${at}/${keyword}`, references);
  for (const keyword of [...SCHEMA_ARRAY, ...SCHEMA_MAP].filter((name) => schema[name] !== undefined)) {
    const members = schema[keyword];
    const isWanted = SCHEMA_ARRAY.includes(keyword) ? Array.isArray(members) : isObject(members);
    if (!isWanted) throw new Error(`${at}/${keyword} must be ${SCHEMA_ARRAY.includes(keyword) ? 'an array' : 'an object'} of schemas, got ${JSON.stringify(members)}`);
    for (const [name, member] of Object.entries(members as object)) validateSchema(member, root, `${at}/${keyword}/${name}`, references);
  }
}

function validateReference(reference: unknown, root: object, at: string, references: string[]): void {
  const got = `got ${JSON.stringify(reference)}`;
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) throw new Error(`${at}/$ref must point into the schema itself, as in '#/$defs/name', ${got}`);
  // A payload that nests as the schema does could take longer to check than a request may last.
  if (references.includes(reference)) throw new Error(`${at}/$ref must not lead back to itself, ${got}`);
  const target = schemaAt(reference, root);
  if (target === undefined) throw new Error(`${at}/$ref must point to a schema that is there, ${got}`);
  validateSchema(target, root, at, [...references, reference]);
}

/** What a JSON pointer (RFC 6901), as a URI fragment, leads to. */
function schemaAt(reference: string, root: object): unknown {
  let place: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const key = decodeURIComponent(step).replace(/~1/g, '/').replace(/~0/g, '~');
    place = typeof place === 'object' && place !== null && Object.hasOwn(place, key) ? (place as Record<string, unknown>)[key] : undefined;
  }
  return place;
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
