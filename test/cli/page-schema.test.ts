import { canShow, errorPlace, Field, fieldOf, inputOf, pointersOf, valueOf } from '../../cli/page/schema';

const ORDERS = {
  type: 'object',
  required: ['table', 'options'],
  properties: {
    table: { type: 'string', title: 'Table', description: 'What to export.', minLength: 3, maxLength: 64, pattern: '^[a-z]+$', examples: ['orders'] },
    limit: { type: 'integer', minimum: 1, maximum: 100 },
    compress: { type: 'boolean' },
    format: { enum: ['csv', 1, null], default: 'csv' },
    columns: { type: 'array', items: { type: 'string' }, maxItems: 1 },
    options: { type: 'object', required: ['delimiter'], properties: { delimiter: { type: 'string', default: ';' }, header: { type: 'boolean' } } },
  },
};

/** Returns the value that a form makes of a value. */
const throughForm = (schema: unknown, value?: unknown) => valueOf(fieldOf(schema), inputOf(fieldOf(schema), value)).value;

test('a schema becomes fields with their titles, descriptions and hints', () => {
  const field = fieldOf(ORDERS) as Extract<Field, { kind: 'object' }>;
  expect(field.members.map(({ name, isRequired, field: { kind, hints } }) => [name, isRequired, kind, hints])).toEqual([
    ['table', true, 'text', ['3 to 64 characters', 'matches ^[a-z]+$']],
    ['limit', false, 'number', ['a whole number', '1 to 100']],
    ['compress', false, 'boolean', []],
    ['format', false, 'choice', []],
    ['columns', false, 'array', ['at most 1 item']],
    ['options', true, 'object', []],
  ]);
  expect(field.members[0].field).toMatchObject({ title: 'Table', description: 'What to export.', example: 'orders' });
});

test.each<[object, string[]]>([
  [{ type: 'string', format: 'email' }, ['an email address']],
  [{ type: 'string', format: 'color', minLength: 2, maxLength: 2 }, ['format color', 'exactly 2 characters']],
  [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1, multipleOf: 0.5 }, ['more than 0', 'less than 1', 'a multiple of 0.5']],
  [{ type: 'array', items: {}, minItems: 2, uniqueItems: true }, ['at least 2 items', 'no item twice']],
])('the hints of %j are %j', (schema, hints) => {
  expect(fieldOf(schema).hints).toEqual(hints);
});

test.each([
  [true], [false], [undefined], [{}], [{ oneOf: [{ type: 'string' }] }], [{ anyOf: [] }], [{ type: ['string', 'number'] }], [{ type: 'object' }], [{ type: 'null' }],
  [{ $ref: 'https://example.com/other' }], [{ $ref: '#/$defs/missing' }],
])('what a form can not show is edited as JSON: %j', (schema) => {
  expect(fieldOf(schema).kind).toBe('json');
});

test('references to definitions are followed, and those that never end are edited as JSON at some depth', () => {
  const schema = {
    $ref: '#/$defs/node',
    $defs: { node: { type: 'object', properties: { name: { $ref: '#/$defs/name', title: 'Name' }, next: { $ref: '#/$defs/node' } } }, name: { type: 'string' }, loop: { $ref: '#/$defs/loop' } },
  };
  const field = fieldOf(schema) as Extract<Field, { kind: 'object' }>;
  expect(field.members[0]).toMatchObject({ name: 'name', field: { kind: 'text', title: 'Name' } });
  expect(JSON.stringify(field)).toContain('"kind":"json"');
  expect(fieldOf({ ...schema, $ref: '#/$defs/loop' }).kind).toBe('json');
});

test('null beside a type means no value, and a constant is its own default', () => {
  expect(fieldOf({ type: ['string', 'null'] }).kind).toBe('text');
  expect(throughForm({ type: 'object', properties: { version: { const: 2 } } })).toEqual({ version: 2 });
});

test('an empty form has the defaults and the required objects, and nothing else', () => {
  expect(throughForm(ORDERS)).toEqual({ format: 'csv', options: { delimiter: ';' } });
});

test('a form makes the value that it was given', () => {
  const order = { table: 'orders', limit: 5, compress: false, format: null, columns: ['id'], options: { delimiter: ',', header: true } };
  expect(throughForm(ORDERS, order)).toEqual(order);
  expect(canShow(fieldOf(ORDERS), order)).toBe(true);
});

test.each([
  [{ table: 'orders', format: 'csv', options: { delimiter: ';' }, other: 1 }], [{ table: 1, format: 'csv', options: { delimiter: ';' } }], [[]], ['text'], [null],
])('a form can not show %j', (value) => {
  expect(canShow(fieldOf(ORDERS), value)).toBe(false);
});

test('texts that are no number or no JSON are errors of their fields', () => {
  const field = fieldOf({ type: 'object', properties: { 'a/b': { type: 'number' }, 'list': { type: 'array', items: {} }, 'ok': { type: 'number' } } });
  expect(valueOf(fieldOf({ type: 'integer' }), '9007199254740993', ['n']).errors).toEqual(new Map([['/n', 'is too large to be sent without a loss']]));
  const { errors, value } = valueOf(field, { 'a/b': 'one', 'list': ['{', ''], 'ok': ' 1.5 ' }, ['payload']);
  expect(errors).toEqual(new Map([['/payload/a~1b', 'is not a number'], ['/payload/list/0', expect.stringMatching(/^is not valid JSON: /)]]));
  expect(value).toMatchObject({ ok: 1.5 });
});

test('an item that is empty keeps its place', () => {
  expect(valueOf(fieldOf({ type: 'array', items: { type: 'string' } }), ['a', '', 'b']).value).toEqual(['a', '', 'b']);
  expect(valueOf(fieldOf({ type: 'array', items: { type: 'number' } }), ['1', '']).value).toEqual([1, null]);
});

test('an array begins with as many items as it must have', () => {
  expect(inputOf(fieldOf({ type: 'array', items: { type: 'string' }, minItems: 2 }))).toEqual(['', '']);
});

describe('an error of the API', () => {
  const field = fieldOf(ORDERS);
  const pointers = new Set(pointersOf(field, inputOf(field, { columns: ['id'] }), '/payload'));

  test('is shown at its field', () => {
    expect(errorPlace('/payload/columns/0', 'too short', pointers)).toBe('/payload/columns/0');
    expect(errorPlace('/payload/options', 'wrong', pointers)).toBe('/payload/options');
  });

  test('about a missing member is shown at the field of the member', () => {
    expect(errorPlace('/payload', 'Instance does not have required property "table".', pointers)).toBe('/payload/table');
    expect(errorPlace('/payload', 'Instance does not have required property "other".', pointers)).toBe('/payload');
  });

  test('about something deeper than the form is shown at the nearest field', () => {
    expect(errorPlace('/payload/limit/a/b', 'wrong', pointers)).toBe('/payload/limit');
    expect(errorPlace('/other', 'wrong', pointers)).toBeUndefined();
  });
});
