import { Token } from 'aws-cdk-lib';
import { isExponential } from './ambiguous-pattern';
import { DRAFT_07 } from './draft-07';
import {
  DIALECT, isObject, mapNestedSchemas, pointerOf, pointerTo, referenceTo, Schema, SCHEMA, SCHEMA_ARRAY, SCHEMA_MAP,
} from './json-schema';
import { normalizeSchema } from './normalized-schema';

const JSON_TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** The formats that the function checks. It would accept any string for other formats. */
const FORMATS = [
  'date', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'json-pointer', 'json-pointer-uri-fragment', 'regex',
  'relative-json-pointer', 'time', 'uri', 'uri-reference', 'uri-template', 'uuid',
];

/** Keywords that apply their schemas to the same value, not to a part of it. */
const IN_PLACE = ['allOf', 'anyOf', 'dependentSchemas', 'else', 'if', 'not', 'oneOf', 'then'];

/** A kind of value that a keyword can have. */
type Kind = readonly [wanted: string, isSo: (value: unknown) => boolean];

const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isTexts = (value: unknown) => isList(value) && value.every(isText);

const TEXT: Kind = ['a string', isText];
const FLAG: Kind = ['true or false', (value) => typeof value === 'boolean'];
const NUMBER: Kind = ['a number', (value) => typeof value === 'number'];
const COUNT: Kind = ['a whole number of at least 0', (value) => Number.isInteger(value) && (value as number) >= 0];
const SCHEMAS: Kind = ['an array of at least one schema', (value) => isList(value) && value.length > 0];
const SCHEMAS_BY_NAME: Kind = ['an object of schemas', isObject];

/** The kinds of value that keywords must have. Nested schemas are validated separately. */
const KINDS = new Map<string, Kind>([
  ...each(TEXT, '$anchor', '$comment', '$id', '$ref', '$schema', 'contentEncoding', 'contentMediaType', 'description', 'format', 'pattern',
    'title'),
  ...each(FLAG, 'deprecated', 'readOnly', 'uniqueItems', 'writeOnly'),
  ...each(NUMBER, 'exclusiveMaximum', 'exclusiveMinimum', 'maximum', 'minimum'),
  ...each(COUNT, 'maxContains', 'maxItems', 'maxLength', 'maxProperties', 'minContains', 'minItems', 'minLength', 'minProperties'),
  ...each(SCHEMAS, ...SCHEMA_ARRAY),
  ...each(SCHEMAS_BY_NAME, ...SCHEMA_MAP),
  ['dependentRequired', ['an object of arrays of strings', (value) => isObject(value) && Object.values(value).every(isTexts)]],
  ['enum', ['an array of at least one value', (value) => isList(value) && value.length > 0]],
  ['examples', ['an array', isList]],
  ['multipleOf', ['a number greater than 0', (value) => typeof value === 'number' && value > 0]],
  ['required', ['an array of strings', isTexts]],
]);

/** Keywords that check nothing, so the function does not get them. OpenAPI defines `discriminator`, `example`, `externalDocs` and `xml`. */
const ANNOTATIONS = [
  '$anchor', '$comment', '$id', '$schema', 'contentEncoding', 'contentMediaType', 'default', 'deprecated', 'description', 'discriminator',
  'example', 'examples', 'externalDocs', 'readOnly', 'title', 'writeOnly', 'xml',
];

const KEYWORDS = [...ANNOTATIONS, ...KINDS.keys(), ...SCHEMA, 'const', 'type'];

/** What to do if the schema is of draft-07, but does not say so. */
const OR_DRAFT_07 = `or set $schema to '${DRAFT_07}' if the schema is of draft-07`;

/** What to use instead of keywords of other drafts and of OpenAPI 3.0. The function would ignore some of them, and misread the others. */
const INSTEAD = new Map([
  ...each("a $ref such as '#/$defs/name'", '$dynamicAnchor', '$dynamicRef', '$recursiveAnchor', '$recursiveRef'),
  ...each(`items together with prefixItems, ${OR_DRAFT_07}`, 'additionalItems'),
  ...each(`dependentRequired or dependentSchemas, ${OR_DRAFT_07}`, 'dependencies'),
  ...each('keywords for strings, such as pattern', 'contentSchema'),
  ...each('$id', 'id'),
  ...each("a type such as ['string', 'null']", 'nullable'),
]);

/** Keywords that have no effect without another keyword. */
const PARTNERS = new Map([...each('if', 'else', 'then'), ...each('contains', 'maxContains', 'minContains')]);

/** jsii drops null in objects, such as Python's None. */
const LOST_NULL = 'in languages other than TypeScript, write {"type": "null"} instead of {"const": null}, because null is dropped';

/**
 * Validates a schema, and returns the part that the API's function needs. The function ignores what it does not know and fails if a
 * schema is invalid, which users would notice long after the deployment.
 *
 * @param at the name of the schema in error messages
 * @param warn receives a message about each keyword that has no effect
 */
export function validatePayloadSchema(schema: unknown, at: string, warn: (message: string) => void = () => {}): object {
  validateJson(schema, at);
  if (!isObject(schema)) throw new Error(`${at} must be a JSON Schema, an object, got ${JSON.stringify(schema)}`);
  const normalized = normalizeSchema(JSON.parse(JSON.stringify(schema)), at, warn);
  const checked = new SchemaValidator(at, normalized.origins).validate(normalized.schema);
  if (Object.keys(checked).length > 0) return checked;
  throw new Error(`${at} must have a keyword that checks something, got ${JSON.stringify(schema)}: `
    + `omit it to accept any payload; ${LOST_NULL}`);
}

/** Looks at each value, because Tokens can be numbers or lists, too. */
function validateJson(value: unknown, at: string, around: unknown[] = []): void {
  if (Token.isUnresolved(value)) throw new Error(`${at} must be known at synthesis, got a Token`);
  if (isText(value) && /\p{Surrogate}/u.test(value)) throw new Error(`${at} must be valid Unicode, got ${JSON.stringify(value)}`);
  if (Number.isFinite(value) || isText(value) || typeof value === 'boolean' || value === null) return;
  if (around.includes(value)) throw new Error(`${at} must be JSON, got a circular structure`);
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object Array]' && kind !== '[object Object]') {
    throw new Error(`${at} must be JSON, got ${typeof value === 'object' ? kind : String(value)}`);
  }
  for (const [key, member] of Object.entries(value as object)) {
    validateJson(key, at);
    // jsii turns null in an array into undefined, which is null again in the file. An undefined member of an object would be lost.
    if (member !== undefined || !isList(value)) validateJson(member, `${at}/${key}`, [...around, value]);
  }
}

class SchemaValidator {
  /** JSON pointers (RFC 6901) to all schemas, with the schemas that each applies to the same value. */
  private readonly inPlace = new Map<string, string[]>();
  private readonly references: { from: string; to: string; at: string; got: string }[] = [];

  /** @param origins where the user wrote each schema, by the JSON pointers */
  constructor(private readonly name: string, private readonly origins: ReadonlyMap<string, string[]>) {}

  public validate(schema: Schema): object {
    const checked = this.subschema(schema, []) as object;
    this.references.forEach((reference) => this.validateReference(reference));
    return checked;
  }

  /** Returns the schema without annotations. */
  private subschema(schema: unknown, place: string[]): unknown {
    const pointer = pointerTo(place);
    const at = [this.name, ...this.origins.get(pointer)!].join('/');
    const applied: string[] = [];
    this.inPlace.set(pointer, applied);
    if (typeof schema === 'boolean') return schema;
    if (!isObject(schema)) throw new Error(`${at} must be a JSON Schema, an object or a boolean, got ${JSON.stringify(schema)}`);
    // jsii sets it if the app is written in another language.
    if (process.env.JSII_AGENT && place.length > 0 && Object.keys(schema).length === 0) {
      throw new Error(`${at} must have a keyword that checks something, got {}: use true to accept everything; ${LOST_NULL}`);
    }

    for (const [keyword, value] of Object.entries(schema)) validateKeyword(keyword, value, schema, at);
    const checked = mapNestedSchemas(schema, (nested, steps) => {
      const inner = [...place, ...steps];
      if (IN_PLACE.includes(steps[0])) applied.push(pointerTo(inner));
      return this.subschema(nested, inner);
    });
    if (schema.$ref !== undefined) {
      const to = validateReferenceSyntax(schema.$ref as string, at);
      applied.push(to);
      this.references.push({ from: pointer, to, at, got: JSON.stringify(schema.$ref) });
      // The function's validator compares references as strings.
      checked.$ref = referenceTo(to);
    }
    return Object.fromEntries(Object.entries(checked).filter(([keyword]) => !ANNOTATIONS.includes(keyword) && !isAnnotation(keyword)));
  }

  private validateReference({ from, to, at, got }: { from: string; to: string; at: string; got: string }): void {
    if (!this.inPlace.has(to)) throw new Error(`${at}/$ref must point to a schema that exists, got ${got}`);
    // A check of such a schema never ends. A cycle through properties or items ends with the payload.
    const seen = new Set<string>();
    const waiting = [to];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (place === from) throw new Error(`${at}/$ref must not be circular, got ${got}`);
      if (!seen.has(place)) waiting.push(...this.inPlace.get(place) ?? []);
      seen.add(place);
    }
  }
}

function validateKeyword(keyword: string, value: unknown, schema: Schema, at: string): void {
  const instead = INSTEAD.get(keyword);
  if (instead) throw new Error(`${at} must not have '${keyword}', which is not checked: use ${instead}`);
  if (!KEYWORDS.includes(keyword) && !isAnnotation(keyword)) {
    throw new Error(`${at} must only have keywords of JSON Schema 2020-12, got '${keyword}': `
      + `correct it, or name your own annotation 'x-${keyword}'`);
  }
  const got = `got ${JSON.stringify(value)}`;
  if (keyword === 'items' && isList(value)) throw new Error(`${at}/items must be a schema, ${got}: use prefixItems, ${OR_DRAFT_07}`);
  const [wanted, isSo] = KINDS.get(keyword) ?? ['anything', () => true];
  if (!isSo(value)) throw new Error(`${at}/${keyword} must be ${wanted}, ${got}`);
  const partner = PARTNERS.get(keyword);
  if (partner !== undefined && schema[partner] === undefined) {
    throw new Error(`${at} must have '${partner}' together with '${keyword}', which is not checked otherwise`);
  }

  switch (keyword) {
    case 'type':
      return validateTypes([value].flat(), `${at}/type`);
    case '$id':
      if (/#./.test(value as string)) throw new Error(`${at}/$id must not have a fragment, ${got}: use $anchor, ${OR_DRAFT_07}`);
      return;
    case '$schema':
      if (value !== DIALECT) throw new Error(`${at}/$schema must be '${DIALECT}' or '${DRAFT_07}', ${got}`);
      return;
    case 'format':
      if (!FORMATS.includes(value as string)) {
        throw new Error(`${at}/format must be one of ${FORMATS.join(', ')}, ${got}: `
          + "use a pattern instead, or name your own annotation 'x-format'");
      }
      return;
    case 'pattern':
      return validatePattern(value as string, at);
    case 'patternProperties':
      for (const pattern of Object.keys(value as Schema)) validatePattern(pattern, at);
  }
}

function validateTypes(types: unknown[], at: string): void {
  if (types.length === 0) throw new Error(`${at} must be a type or an array of at least one type, got []`);
  const unknown = types.find((name) => !JSON_TYPES.includes(name as string));
  if (unknown !== undefined) throw new Error(`${at} must be one of ${JSON_TYPES.join(', ')}, got ${JSON.stringify(unknown)}`);
}

function validatePattern(pattern: string, at: string): void {
  const got = `got ${JSON.stringify(pattern)}`;
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new Error(`${at} must have patterns that are valid regular expressions, ${got}`);
  }
  if (isExponential(pattern)) {
    throw new Error(`${at} must not have patterns with a repeated part that can match a string in two ways, ${got}: `
      + 'a check could take exponential time');
  }
}

function validateReferenceSyntax(reference: string, at: string): string {
  const pointer = pointerOf(reference);
  if (pointer !== undefined) return pointer;
  const wanted = /^#\//.test(reference) ? 'be a URI' : "point to a place in the same schema, such as '#/$defs/name'";
  throw new Error(`${at}/$ref must ${wanted}, got ${JSON.stringify(reference)}`);
}

/** The convention for custom annotations: https://json-schema.org/blog/posts/custom-annotations-will-continue */
function isAnnotation(keyword: string): boolean {
  return keyword.startsWith('x-');
}

function each<T>(value: T, ...keywords: string[]): [string, T][] {
  return keywords.map((keyword) => [keyword, value]);
}
