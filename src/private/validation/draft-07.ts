import { DIALECT, isObject, Schema } from './json-schema';

/** @see https://json-schema.org/draft-07 */
export const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

/** Keywords of later drafts. Draft-07 ignores them. */
const LATER = [
  '$anchor', '$dynamicAnchor', '$dynamicRef', '$recursiveAnchor', '$recursiveRef', 'contentSchema', 'dependentRequired', 'dependentSchemas',
  'maxContains', 'minContains', 'prefixItems', 'unevaluatedItems', 'unevaluatedProperties',
];

/** Keywords that have an effect beside a `$ref`, because other references lead to them, and keywords that check nothing. */
const KEPT_BESIDE_REFERENCE = [
  '$comment', '$defs', '$ref', '$schema', 'default', 'definitions', 'deprecated', 'description', 'examples', 'readOnly', 'title',
  'writeOnly',
];

/** Returns whether a schema says that it is of draft-07. */
export function isDraft07({ $schema }: Schema): boolean {
  return typeof $schema === 'string' && /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/.test($schema);
}

/** A schema of draft 2020-12. */
export interface ConvertedSchema {
  readonly schema: Schema;
  /** The keywords whose nested schemas come from another keyword of draft-07, with that keyword. */
  readonly origins: Record<string, string>;
}

/**
 * Converts a schema from draft-07 to draft 2020-12, except its nested schemas, so that it accepts the same values. Throws if it can't.
 *
 * @param at the name of the schema in error messages
 * @param warn receives a message about each keyword that draft-07 ignores
 * @see https://json-schema.org/draft/2020-12/release-notes
 */
export function fromDraft07(schema: Schema, at: string, warn: (message: string) => void): ConvertedSchema {
  const later = Object.keys(schema).find((keyword) => LATER.includes(keyword));
  if (later !== undefined) {
    throw new Error(`${at} must not have '${later}', which draft-07 ignores: `
      + `write the schema in draft 2020-12, and set $schema to '${DIALECT}'`);
  }
  if (schema.$ref !== undefined) return { schema: withoutIgnored(schema, at, warn), origins: {} };

  const { $id, $schema, items, additionalItems, dependencies, ...rest } = schema;
  const isTuple = Array.isArray(items);
  if (additionalItems !== undefined && !isTuple) {
    warn(`${at} has 'additionalItems', which draft-07 ignores unless 'items' is an array: remove it, or make 'items' an array`);
  }
  return {
    schema: {
      ...$schema !== undefined && { $schema: dialectOf(schema, at) },
      ...$id !== undefined && convertId($id),
      ...rest,
      ...isTuple ? tuple(items, additionalItems, at) : items !== undefined && { items },
      ...dependencies !== undefined && convertDependencies(dependencies, at),
    },
    origins: { ...isTuple && { prefixItems: 'items', items: 'additionalItems' }, dependentSchemas: 'dependencies' },
  };
}

/** Next to a `$ref`, draft-07 ignores all keywords. */
function withoutIgnored(schema: Schema, at: string, warn: (message: string) => void): Schema {
  const ignored = Object.keys(schema).filter((keyword) => !KEPT_BESIDE_REFERENCE.includes(keyword) && !keyword.startsWith('x-'));
  for (const keyword of ignored.filter((name) => name !== '$id')) {
    warn(`${at} has '${keyword}' next to '$ref', where draft-07 ignores it: remove it, or put the $ref into an allOf`);
  }
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !ignored.includes(keyword)));
  return schema.$schema === undefined ? kept : { ...kept, $schema: dialectOf(schema, at) };
}

function dialectOf(schema: Schema, at: string): string {
  if (isDraft07(schema)) return DIALECT;
  throw new Error(`${at}/$schema must be the same in the whole schema, got ${JSON.stringify(schema.$schema)}`);
}

/** Later drafts call the fragment of an id an anchor. */
function convertId($id: unknown): Schema {
  const [, uri, fragment] = typeof $id === 'string' ? /^([^#]*)#(.+)$/s.exec($id) ?? [] : [];
  if (fragment === undefined) return { $id };
  return { ...uri !== '' && { $id: uri }, $anchor: fragment };
}

function tuple(items: unknown[], additionalItems: unknown, at: string): Schema {
  if (items.length === 0) throw new Error(`${at}/items must be a schema or an array of at least one schema, got []`);
  return { prefixItems: items, ...additionalItems !== undefined && { items: additionalItems } };
}

function convertDependencies(dependencies: unknown, at: string): Schema {
  const wanted = 'must be an object of schemas and arrays of strings';
  if (!isObject(dependencies)) throw new Error(`${at}/dependencies ${wanted}, got ${JSON.stringify(dependencies)}`);
  const entries = Object.entries(dependencies);
  const required = entries.filter(([, value]) => Array.isArray(value));
  const schemas = entries.filter(([, value]) => !Array.isArray(value));
  const wrong = required.find(([, names]) => (names as unknown[]).some((name) => typeof name !== 'string'));
  if (wrong) throw new Error(`${at}/dependencies ${wanted}, got ${JSON.stringify(dependencies)}`);
  return {
    ...required.length > 0 && { dependentRequired: Object.fromEntries(required) },
    ...schemas.length > 0 && { dependentSchemas: Object.fromEntries(schemas) },
  };
}
