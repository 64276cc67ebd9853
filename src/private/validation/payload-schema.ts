import { Token } from 'aws-cdk-lib';
import { isExponential } from './ambiguous-pattern';

type Schema = Record<string, unknown>;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const JSON_TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** The formats that the function checks. It would accept every text for any other. */
const FORMATS = [
  'date', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'json-pointer', 'json-pointer-uri-fragment', 'regex',
  'relative-json-pointer', 'time', 'uri', 'uri-reference', 'uri-template', 'uuid',
];

/** Keywords whose values are schemas, arrays of schemas, and schemas by name: https://json-schema.org/draft/2020-12/json-schema-core */
const SCHEMA = ['additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then', 'unevaluatedItems', 'unevaluatedProperties'];
const SCHEMA_ARRAY = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const SCHEMA_MAP = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];

/** Keywords that apply their schemas to the value itself, and not to a part of it. */
const IN_PLACE = ['allOf', 'anyOf', 'dependentSchemas', 'else', 'if', 'not', 'oneOf', 'then'];

/** A kind of value that keywords have. */
type Kind = readonly [wanted: string, isSo: (value: unknown) => boolean];

const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown) => isList(value) && value.every(isText);

const TEXT: Kind = ['a string', isText];
const FLAG: Kind = ['true or false', (value) => typeof value === 'boolean'];
const NUMBER: Kind = ['a number', (value) => typeof value === 'number'];
const COUNT: Kind = ['a whole number, at least 0', (value) => Number.isInteger(value) && (value as number) >= 0];
const SCHEMAS: Kind = ['an array of schemas, at least one', (value) => isList(value) && value.length > 0];
const SCHEMAS_BY_NAME: Kind = ['an object of schemas', isObject];

/** What the values of keywords must be, where that can be told without their surroundings. */
const KINDS = new Map<string, Kind>([
  ...each(TEXT, '$comment', '$id', '$ref', '$schema', 'contentEncoding', 'contentMediaType', 'description', 'format', 'pattern', 'title'),
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

/** What nothing is checked by, so the function does not get it. `discriminator`, `example`, `externalDocs` and `xml` are OpenAPI's. */
const ANNOTATIONS = [
  '$comment', '$id', '$schema', 'contentEncoding', 'contentMediaType', 'default', 'deprecated', 'description', 'discriminator', 'example', 'examples',
  'externalDocs', 'readOnly', 'title', 'writeOnly', 'xml',
];

const KEYWORDS = [...ANNOTATIONS, ...KINDS.keys(), ...SCHEMA, 'const', 'type'];

/** What to do instead of what other drafts and OpenAPI 3.0 have. The validator would ignore some of it, and misread the rest. */
const INSTEAD = new Map([
  ...each("a $ref such as '#/$defs/name'", '$anchor', '$dynamicAnchor', '$dynamicRef', '$recursiveAnchor', '$recursiveRef'),
  ...each('items beside prefixItems', 'additionalItems'),
  ...each('dependentRequired or dependentSchemas', 'dependencies'),
  ...each('a schema of the text itself, such as a pattern', 'contentSchema'),
  ...each('$id', 'id'),
  ...each("a type such as ['string', 'null']", 'nullable'),
]);

/** Keywords that mean nothing without another one. */
const BESIDE = new Map([...each('if', 'else', 'then'), ...each('contains', 'maxContains', 'minContains')]);

/** jsii drops the members of an object that are null, and Python's None is one. */
const LOST_NULL = 'null is lost on the way from other languages, write {"type": "null"} for {"const": null}';

/**
 * Checks a schema at synthesis, and returns what of it the API's function checks payloads by. The function ignores what it does not
 * know, and fails by what makes no sense: either would be noticed long after the deployment.
 *
 * @param at what messages call the schema
 */
export function validatePayloadSchema(schema: unknown, at: string): object {
  validateJson(schema, at);
  return new SchemaValidator(at).validate(JSON.parse(JSON.stringify(schema)));
}

/** A number or a list can be a Token too, which a text of the whole would not show. */
function validateJson(value: unknown, at: string, around: unknown[] = []): void {
  if (Token.isUnresolved(value)) throw new Error(`${at} must be known at synthesis, got a Token`);
  if (isText(value) && /\p{Surrogate}/u.test(value)) throw new Error(`${at} must be valid Unicode, got ${JSON.stringify(value)}`);
  if (Number.isFinite(value) || isText(value) || typeof value === 'boolean' || value === null) return;
  if (around.includes(value)) throw new Error(`${at} must be JSON, got an object that contains itself`);
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object Array]' && kind !== '[object Object]') throw new Error(`${at} must be JSON, got ${typeof value === 'object' ? kind : String(value)}`);
  for (const [key, member] of Object.entries(value as object)) {
    validateJson(key, at);
    // A null of an array comes from jsii as undefined, and becomes null again in the file. A member that is undefined would be lost.
    if (member !== undefined || !isList(value)) validateJson(member, `${at}/${key}`, [...around, value]);
  }
}

class SchemaValidator {
  /** Where there are schemas, as JSON pointers (RFC 6901), and which other ones each applies to the same value. */
  private readonly inPlace = new Map<string, string[]>();
  private readonly references: { from: string; to: string; at: string; got: string }[] = [];

  constructor(private readonly name: string) {}

  public validate(schema: unknown): object {
    if (!isObject(schema)) throw new Error(`${this.name} must be a JSON Schema, an object, got ${JSON.stringify(schema)}`);
    const checked = this.subschema(schema, []);
    if (Object.keys(checked as object).length === 0) {
      throw new Error(`${this.name} must ask for something, got ${JSON.stringify(schema)}: leave it out to accept every payload; ${LOST_NULL}`);
    }
    this.references.forEach((reference) => this.validateReference(reference));
    return checked as object;
  }

  /** Returns the schema without annotations. */
  private subschema(schema: unknown, place: string[]): unknown {
    const at = [this.name, ...place].join('/');
    const pointer = pointerTo(place);
    const applied: string[] = [];
    this.inPlace.set(pointer, applied);
    if (typeof schema === 'boolean') return schema;
    if (!isObject(schema)) throw new Error(`${at} must be a JSON Schema, an object or a boolean, got ${JSON.stringify(schema)}`);
    // Set by jsii where the app is written in another language.
    if (process.env.JSII_AGENT && place.length > 0 && Object.keys(schema).length === 0) {
      throw new Error(`${at} must ask for something, got {}: to accept everything, make it true; ${LOST_NULL}`);
    }

    const checked = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
      validateKeyword(keyword, value, schema, at);
      const nested = (member: unknown, ...steps: string[]) => {
        const inner = [...place, keyword, ...steps];
        if (IN_PLACE.includes(keyword)) applied.push(pointerTo(inner));
        return this.subschema(member, inner);
      };
      if (SCHEMA.includes(keyword)) return [keyword, nested(value)];
      if (SCHEMA_ARRAY.includes(keyword)) return [keyword, (value as unknown[]).map((member, i) => nested(member, String(i)))];
      if (SCHEMA_MAP.includes(keyword)) {
        return [keyword, Object.fromEntries(Object.entries(value as Schema).map(([name, member]) => [name, nested(member, name)]))];
      }
      if (keyword === '$id' && place.length > 0) throw new Error(`${at}/$id must be at the top of the schema only, got ${JSON.stringify(value)}`);
      if (keyword !== '$ref') return [keyword, value];
      const to = pointerOf(value as string, at);
      applied.push(to);
      this.references.push({ from: pointer, to, at, got: JSON.stringify(value) });
      // The validator knows one spelling only.
      return [keyword, `#${encodeURI(to).replaceAll('#', '%23')}`];
    });
    return Object.fromEntries(checked.filter(([keyword]) => !ANNOTATIONS.includes(keyword) && !isNote(keyword)));
  }

  private validateReference({ from, to, at, got }: { from: string; to: string; at: string; got: string }): void {
    if (!this.inPlace.has(to)) throw new Error(`${at}/$ref must point to a schema that is there, got ${got}`);
    // Such a check never ends. A way back by way of properties or items does, where the payload ends.
    const seen = new Set<string>();
    const waiting = [to];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (place === from) throw new Error(`${at}/$ref must not lead back to itself, got ${got}`);
      if (!seen.has(place)) waiting.push(...this.inPlace.get(place) ?? []);
      seen.add(place);
    }
  }
}

function validateKeyword(keyword: string, value: unknown, schema: Schema, at: string): void {
  const instead = INSTEAD.get(keyword);
  if (instead) throw new Error(`${at} must not have ${keyword}, which is not checked: use ${instead}`);
  if (!KEYWORDS.includes(keyword) && !isNote(keyword)) {
    throw new Error(`${at} must have keywords of JSON Schema 2020-12 only, got '${keyword}': correct it, or call a note of your own 'x-${keyword}'`);
  }
  const got = `got ${JSON.stringify(value)}`;
  const [wanted, isSo] = KINDS.get(keyword) ?? ['anything', () => true];
  if (!isSo(value)) throw new Error(`${at}/${keyword} must be ${wanted}, ${got}`);
  const partner = BESIDE.get(keyword);
  if (partner !== undefined && schema[partner] === undefined) throw new Error(`${at}/${keyword} must have ${partner} beside it, or it is not checked`);

  switch (keyword) {
    case 'type':
      return validateTypes([value].flat(), `${at}/type`);
    case '$schema':
      if (value !== DIALECT) throw new Error(`${at}/$schema must be ${DIALECT}, ${got}`);
      return;
    case 'format':
      if (!FORMATS.includes(value as string)) {
        throw new Error(`${at}/format must be one that is checked (${FORMATS.join(', ')}), ${got}: use a pattern, or call a note of your own 'x-format'`);
      }
      return;
    case 'pattern':
      return validatePattern(value as string, at);
    case 'patternProperties':
      for (const pattern of Object.keys(value as Schema)) validatePattern(pattern, at);
  }
}

function validateTypes(types: unknown[], at: string): void {
  if (types.length === 0) throw new Error(`${at} must be a type or an array of at least one, got []`);
  const unknown = types.find((name) => !JSON_TYPES.includes(name as string));
  if (unknown !== undefined) throw new Error(`${at} must be of ${JSON_TYPES.join(', ')}, got ${JSON.stringify(unknown)}`);
}

function validatePattern(pattern: string, at: string): void {
  const got = `got ${JSON.stringify(pattern)}`;
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new Error(`${at} must have patterns that are regular expressions, ${got}`);
  }
  if (isExponential(pattern)) {
    throw new Error(`${at} must have patterns whose repeated parts match a text in one way only, or a check takes exponential time, ${got}`);
  }
}

/** The JSON pointer to a place, and the one that a reference has as its fragment. */
function pointerTo(place: string[]): string {
  return place.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function pointerOf(reference: string, at: string): string {
  const got = `got ${JSON.stringify(reference)}`;
  if (!/^#(\/|$)/.test(reference)) throw new Error(`${at}/$ref must point into the schema itself, as in '#/$defs/name', ${got}`);
  try {
    return decodeURIComponent(reference.slice(1));
  } catch {
    throw new Error(`${at}/$ref must be a URI, ${got}`);
  }
}

/** Names of people's own: https://json-schema.org/blog/posts/custom-annotations-will-continue */
function isNote(keyword: string): boolean {
  return keyword.startsWith('x-');
}

function each<T>(value: T, ...keywords: string[]): [string, T][] {
  return keywords.map((keyword) => [keyword, value]);
}
