export type Schema = Record<string, unknown>;

/** The draft of JSON Schema that the function checks payloads by. */
export const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * Keywords whose values are a schema, an array of schemas, or an object of schemas.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-core
 */
export const SCHEMA = [
  'additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then', 'unevaluatedItems', 'unevaluatedProperties',
];
export const SCHEMA_ARRAY = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
export const SCHEMA_MAP = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];

/**
 * Returns a copy of a schema with its nested schemas replaced. The steps of a nested schema lead to it from this one. Keeps values that are
 * not what their keywords have.
 */
export function mapNestedSchemas(schema: Schema, map: (nested: unknown, steps: string[]) => unknown): Schema {
  return mapValues(schema, (value, keyword) => {
    if (SCHEMA.includes(keyword)) return map(value, [keyword]);
    if (SCHEMA_ARRAY.includes(keyword) && Array.isArray(value)) return value.map((nested, i) => map(nested, [keyword, String(i)]));
    if (SCHEMA_MAP.includes(keyword) && isObject(value)) return mapValues(value, (nested, name) => map(nested, [keyword, name]));
    return value;
  });
}

/** Copies an object with other values. A name can be `__proto__`. */
export function mapValues(object: Schema, map: (value: unknown, name: string) => unknown): Schema {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));
}

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the JSON pointer (RFC 6901) to a place. */
export function pointerTo(place: string[]): string {
  return place.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Returns the reference to a place in the same schema. */
export function referenceTo(pointer: string): string {
  return `#${encodeURI(pointer).replaceAll('#', '%23')}`;
}

/** Returns the JSON pointer of a reference into the same schema, or undefined if it is none. */
export function pointerOf(reference: string): string | undefined {
  return /^#(\/|$)/.test(reference) ? decodeFragment(reference.slice(1)) : undefined;
}

/** Decodes the fragment of a URI. Returns undefined if it is not encoded correctly. */
export function decodeFragment(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
