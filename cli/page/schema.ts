import { formatPointer, Path } from './json-pointer';

/** A part of the form, made of a JSON Schema. */
export type Field = FieldTexts & (
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly items: Field; readonly minItems: number; readonly maxItems: number }
  | { readonly kind: 'text'; readonly format?: string }
  | { readonly kind: 'number' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly options: readonly unknown[] }
  | { readonly kind: 'json' }
);

interface FieldTexts {
  readonly title?: string;
  readonly description?: string;
  /** What values must be like: `3 to 64 characters`. */
  readonly hints: readonly string[];
  readonly initial?: unknown;
  readonly example?: string;
}

export interface Member {
  readonly name: string;
  readonly isRequired: boolean;
  readonly field: Field;
}

/** What somebody has put into a field: texts as they were typed, and the index of a choice. */
export type Input = string | boolean | InputMembers | readonly Input[];
export interface InputMembers { readonly [name: string]: Input }

/** A value that a form makes, or undefined if nothing was put in. */
export interface FormValue {
  readonly value: unknown;
  /** Texts that are no JSON or no number, by the pointer of their field. */
  readonly errors: ReadonlyMap<string, string>;
}

type Schema = Readonly<Record<string, any>>;

/** Deeper parts are edited as JSON. A schema can refer to itself. */
const MAX_DEPTH = 6;

/** Keywords whose meaning a form can't show: the part is edited as JSON. */
const BEYOND_FORMS = ['oneOf', 'anyOf', 'allOf', 'not', 'if', 'patternProperties', 'prefixItems', '$dynamicRef'];

/** Returns the form of a schema. The parts of it that a form can't show are fields for JSON. */
export function fieldOf(schema: unknown, root: unknown = schema, depth = 0): Field {
  const resolved = resolve(schema, root);
  const { title, description, default: initial, examples, const: constant, enum: options } = resolved;
  const texts = { title: textOf(title), description: textOf(description), initial, example: exampleOf(examples) };
  const json: Field = { ...texts, kind: 'json', hints: resolved === ANY ? [] : summaryOf(resolved) };
  if (constant !== undefined) return { ...texts, kind: 'choice', options: [constant], hints: [], initial: constant };
  if (Array.isArray(options) && options.length > 0) return { ...texts, kind: 'choice', options, hints: [] };
  if (depth > MAX_DEPTH || BEYOND_FORMS.some((keyword) => keyword in resolved)) return json;
  switch (typeOf(resolved)) {
    case 'string': return { ...texts, kind: 'text', format: textOf(resolved.format), hints: textHints(resolved) };
    case 'integer':
    case 'number': return { ...texts, kind: 'number', hints: numberHints(resolved) };
    case 'boolean': return { ...texts, kind: 'boolean', hints: [] };
    case 'array': return {
      ...texts,
      kind: 'array',
      items: fieldOf(resolved.items, root, depth + 1),
      minItems: resolved.minItems ?? 0,
      maxItems: resolved.maxItems ?? Infinity,
      hints: [...range(resolved.minItems, resolved.maxItems, 'items'), ...resolved.uniqueItems ? ['no item twice'] : []],
    };
    case 'object': {
      const required: unknown[] = Array.isArray(resolved.required) ? resolved.required : [];
      const members = Object.entries(Object(resolved.properties)).map(([name, property]) => (
        { name, isRequired: required.includes(name), field: fieldOf(property, root, depth + 1) }
      ));
      return members.length > 0 ? { ...texts, kind: 'object', members, hints: [] } : json;
    }
    default: return json;
  }
}

/** Returns what a field has at first: its value, or the default of the schema. */
export function inputOf(field: Field, value: unknown = field.initial): Input {
  switch (field.kind) {
    case 'object': return Object.fromEntries(field.members.map(({ name, field: member }) => (
      [name, inputOf(member, memberOf(value, name))]
    )));
    case 'array': return (Array.isArray(value) ? value : Array(field.minItems).fill(undefined)).map((item) => inputOf(field.items, item));
    case 'choice': {
      const index = field.options.findIndex((option) => isSame(option, value));
      return index === -1 ? '' : String(index);
    }
    case 'boolean': return typeof value === 'boolean' ? value : '';
    case 'json': return value === undefined ? '' : JSON.stringify(value, undefined, 2);
    default: return value === undefined || value === null ? '' : String(value);
  }
}

/** Makes the value of what somebody has put in. Leaves out what is empty, unless it is a required object or list. */
export function valueOf(field: Field, input: Input, path: Path = [], isRequired = true): FormValue {
  const errors = new Map<string, string>();
  return { value: read(field, input, path, isRequired, errors), errors };
}

/** Returns whether a form can show a value, and loses nothing of it. */
export function canShow(field: Field, value: unknown): boolean {
  const { value: back, errors } = valueOf(field, inputOf(field, value));
  return errors.size === 0 && isSame(back, value);
}

/** Returns the pointers of all fields of a form. */
export function pointersOf(field: Field, input: Input, pointer: string): string[] {
  switch (field.kind) {
    case 'object': return [pointer, ...field.members.flatMap(({ name, field: member }) => (
      pointersOf(member, (input as InputMembers)[name], pointer + formatPointer([name]))
    ))];
    case 'array': return [pointer, ...(input as readonly Input[]).flatMap((item, index) => (
      pointersOf(field.items, item, `${pointer}/${index}`)
    ))];
    default: return [pointer];
  }
}

/**
 * Returns the pointer of the field that an error is about, of all pointers of the form. An error about a missing member is one of its
 * object, and quotes the name of the member.
 */
export function errorPlace(pointer: string, detail: string, pointers: ReadonlySet<string>): string | undefined {
  const [, name] = /required property "([^"]+)"/.exec(detail) ?? [];
  const member = name === undefined ? pointer : pointer + formatPointer([name]);
  for (let place = member; place; place = place.slice(0, place.lastIndexOf('/'))) {
    if (pointers.has(place)) return place;
  }
  return undefined;
}

function read(field: Field, input: Input, path: Path, isRequired: boolean, errors: Map<string, string>): unknown {
  const typed = typeof input === 'string' ? input : '';
  switch (field.kind) {
    case 'object': {
      const members = field.members.flatMap(({ name, isRequired: isMemberRequired, field: member }) => {
        const value = read(member, (input as InputMembers)[name], [...path, name], isRequired && isMemberRequired, errors);
        return value === undefined ? [] : [[name, value]];
      });
      return members.length > 0 || isRequired ? Object.fromEntries(members) : undefined;
    }
    case 'array': {
      const items = (input as readonly Input[]).map((item, index) => {
        const value = read(field.items, item, [...path, index], true, errors);
        // An item can't be left out, or the others would move.
        return value === undefined ? field.items.kind === 'text' ? '' : null : value;
      });
      return items.length > 0 || isRequired ? items : undefined;
    }
    case 'choice': return typed === '' ? undefined : field.options[Number(typed)];
    case 'boolean': return typeof input === 'boolean' ? input : undefined;
    case 'number': {
      if (typed.trim() === '') return undefined;
      const number = Number(typed);
      if (!Number.isFinite(number)) errors.set(formatPointer(path), 'is not a number');
      else if (Math.abs(number) > Number.MAX_SAFE_INTEGER) errors.set(formatPointer(path), 'is too large to be sent without a loss');
      return number;
    }
    case 'json': {
      if (typed.trim() === '') return undefined;
      const parsed = parseJson(typed);
      if (parsed.error !== undefined) errors.set(formatPointer(path), parsed.error);
      return parsed.value;
    }
    case 'text': return typed === '' ? undefined : typed;
  }
}

function parseJson(text: string): { readonly value?: unknown; readonly error?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `is not valid JSON: ${(error as Error).message}` };
  }
}

const ANY: Schema = {};

/** Follows references to definitions of the document. Any other schema than an object says nothing about the value. */
function resolve(schema: unknown, root: unknown, references = 0): Schema {
  const { $ref, ...others } = Object(schema) as Schema;
  if (typeof $ref !== 'string') return typeof schema === 'object' && schema ? schema : ANY;
  const [, kind, name] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec($ref) ?? [];
  const target = name && Object(root)[kind]?.[name.replaceAll('~1', '/').replaceAll('~0', '~')];
  return target && references < MAX_DEPTH ? { ...resolve(target, root, references + 1), ...others } : ANY;
}

/** Returns the type of values. `null` beside another type means the same as no value. */
function typeOf({ type, properties, items }: Schema): string | undefined {
  const types = [type ?? []].flat().filter((each) => each !== 'null');
  if (types.length > 0) return types.length === 1 ? types[0] : undefined;
  return properties ? 'object' : items ? 'array' : undefined;
}

function summaryOf({ type }: Schema): string[] {
  return type ? [`JSON: ${[type].flat().join(' or ')}`] : [];
}

const FORMATS: Record<string, string> = {
  'date': 'a date, such as 2026-01-31',
  'date-time': 'a time, such as 2026-01-31T09:30:00Z',
  'email': 'an email address',
  'uri': 'a URL',
  'uuid': 'a UUID',
};

function textHints({ minLength, maxLength, pattern, format }: Schema): string[] {
  return [
    ...format ? [FORMATS[format] ?? `format ${format}`] : [],
    ...range(minLength, maxLength, 'characters'),
    ...pattern ? [`matches ${pattern}`] : [],
  ];
}

function numberHints({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: Schema): string[] {
  return [
    ...[type].flat().includes('integer') ? ['a whole number'] : [],
    ...range(minimum, maximum, ''),
    ...exclusiveMinimum === undefined ? [] : [`more than ${exclusiveMinimum}`],
    ...exclusiveMaximum === undefined ? [] : [`less than ${exclusiveMaximum}`],
    ...multipleOf === undefined ? [] : [`a multiple of ${multipleOf}`],
  ];
}

function range(min: number | undefined, max: number | undefined, unit: string): string[] {
  if (min === undefined && max === undefined) return [];
  const numbers = () => {
    if (min === undefined) return `at most ${max}`;
    if (max === undefined) return `at least ${min}`;
    return min === max ? `exactly ${min}` : `${min} to ${max}`;
  };
  return [`${numbers()} ${(max ?? min) === 1 ? unit.replace(/s$/, '') : unit}`.trim()];
}

function exampleOf(examples: unknown): string | undefined {
  const [first] = Array.isArray(examples) ? examples : [];
  return first === undefined ? undefined : typeof first === 'string' ? first : JSON.stringify(first);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return value && typeof value === 'object' && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!a || !b || typeof a !== 'object' || typeof b !== 'object' || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length
    && names.every((name) => Object.hasOwn(b, name) && isSame(memberOf(a, name), memberOf(b, name)));
}
