import { isObject, mapNestedSchemas, mapValues, pointerOf, pointerTo, Schema, SCHEMA_MAP } from '../validation/json-schema';
import { normalizeSchema } from '../validation/normalized-schema';

/** Keywords that a component does not have: definitions are components, too. */
const DROPPED = ['$anchor', '$comment', '$defs', '$id', '$schema', 'definitions'];

/** Keywords that describe a schema and check nothing. */
const DESCRIBING = ['default', 'deprecated', 'description', 'examples'];

/**
 * Adds the schema of a task type's payload to the components of an OpenAPI document. Its definitions become components as well, and so do
 * all other places that it refers to: many client generators can only follow references to components.
 *
 * @returns the reference to the schema of the payload
 */
export function addPayloadComponents(components: Schema, taskType: string, payloadSchema: object): string {
  const name = `Payload.${taskType}`;
  const { schema } = normalizeSchema(JSON.parse(JSON.stringify(payloadSchema)), name, () => {});
  return new PayloadComponents(components, name, schema).add();
}

/**
 * Returns the name of a new component. It differs from the names of the others by more than case and punctuation, because generators make
 * names of classes and files from it.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#components-object
 */
export function componentName(components: Schema, wanted: string, count = 1): string {
  const name = `${wanted.replace(/[^A-Za-z0-9._-]+/g, '_')}${count > 1 ? `_${count}` : ''}`;
  const lettersOf = (text: string) => text.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  const isTaken = Object.keys(components).some((other) => lettersOf(other) === lettersOf(name));
  return isTaken ? componentName(components, wanted, count + 1) : name;
}

/** Keywords for which generators know `true` and `false`. */
const BOOLEAN = ['additionalProperties', 'unevaluatedProperties'];

interface Place {
  readonly schema: unknown;
  readonly words: string[];
  readonly isDefinition: boolean;
}

class PayloadComponents {
  /** All schemas, by the JSON pointers to them. */
  private readonly places = new Map<string, Place>();
  /** The names of components, by the JSON pointers to their schemas. */
  private readonly names = new Map<string, string>();

  constructor(private readonly components: Schema, private readonly name: string, private readonly root: Schema) {
    this.collect('', { schema: root, words: [], isDefinition: false });
  }

  public add(): string {
    this.addName('');
    for (const [pointer, { schema, isDefinition }] of this.places) {
      if (isDefinition) this.addName(pointer);
      this.targetsOf(schema).forEach((target) => this.addName(target));
    }
    for (const [pointer, name] of this.names) this.components[name] = this.component(pointer);
    // If the payload is only a reference, this keeps what describes it.
    Object.assign(this.components[this.names.get(this.originalOf(''))!] as Schema, pick(withoutTitle(this.root), DESCRIBING));
    return this.referenceTo('');
  }

  private collect(pointer: string, place: Place): void {
    this.places.set(pointer, place);
    if (!isObject(place.schema)) return;
    mapNestedSchemas(place.schema, (schema, [keyword, ...names]) => {
      const isDefinition = keyword === '$defs' || keyword === 'definitions';
      const words = isDefinition ? names : [...place.words, ...SCHEMA_MAP.includes(keyword) ? names : [keyword, ...names]];
      this.collect(pointer + pointerTo([keyword, ...names]), { schema, words, isDefinition });
    });
  }

  private addName(pointer: string): void {
    const original = this.originalOf(pointer);
    if (this.names.has(original)) return;
    const { words } = this.places.get(pointer === '' ? '' : original)!;
    const name = componentName(this.components, [this.name, ...words].join('.'));
    this.names.set(original, name);
    this.components[name] = {};
  }

  /** Follows references that add nothing: generators want no component that is only a reference to another one. */
  private originalOf(pointer: string): string {
    const { schema } = this.places.get(pointer)!;
    if (!isObject(schema) || !isText(schema.$ref)) return pointer;
    const ignored = ['$ref', ...DROPPED, ...pointer === '' ? [...DESCRIBING, 'title'] : []];
    const addsNothing = Object.keys(schema).every((keyword) => ignored.includes(keyword));
    return addsNothing ? this.originalOf(pointerOf(schema.$ref)!) : pointer;
  }

  private referenceTo(pointer: string): string {
    return `#/components/schemas/${this.names.get(this.originalOf(pointer))}`;
  }

  private targetsOf(schema: unknown): string[] {
    if (!isObject(schema)) return [];
    const references = [schema.$ref, ...Object.values(mappingOf(schema) ?? {})];
    return references.map((reference) => this.targetOf(reference)).filter((target) => target !== undefined);
  }

  private targetOf(reference: unknown): string | undefined {
    const pointer = isText(reference) ? pointerOf(reference) : undefined;
    return pointer !== undefined && this.places.has(pointer) ? pointer : undefined;
  }

  private component(pointer: string): Schema {
    const { schema } = this.places.get(pointer)!;
    if (!isObject(schema)) return withoutBoolean(schema);
    const { $ref, ...rest } = withoutTitle(this.render(schema, pointer));
    return $ref === undefined ? rest : { ...rest, allOf: [...rest.allOf as unknown[] ?? [], { $ref }] };
  }

  private render(schema: Schema, pointer: string): Schema {
    const rendered = mapNestedSchemas(omit(schema, DROPPED), (nested, steps) => {
      const inner = pointer + pointerTo(steps);
      if (this.names.has(inner)) return { $ref: this.referenceTo(inner) };
      if (isObject(nested)) return this.render(nested, inner);
      return BOOLEAN.includes(steps[0]) ? nested : withoutBoolean(nested);
    });
    if (isText(schema.$ref)) rendered.$ref = this.referenceTo(pointerOf(schema.$ref)!);
    const mapping = mappingOf(schema);
    return mapping ? { ...rendered, discriminator: { ...schema.discriminator as Schema, mapping: this.renderMapping(mapping) } } : rendered;
  }

  private renderMapping(mapping: Schema): Schema {
    return mapValues(mapping, (reference) => {
      const target = this.targetOf(reference);
      return target === undefined ? reference : this.referenceTo(target);
    });
  }
}

/** Returns the references of OpenAPI's keyword `discriminator`. */
function mappingOf({ discriminator }: Schema): Schema | undefined {
  return isObject(discriminator) && isObject(discriminator.mapping) ? discriminator.mapping : undefined;
}

/** Generators would name a component by its title, which need not be unique. */
function withoutTitle({ title, ...schema }: Schema): Schema {
  return isText(title) ? { description: title, ...schema } : schema;
}

/** Some generators only know schemas that are objects. */
function withoutBoolean(schema: unknown): Schema {
  return schema ? {} : { not: {} };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function pick(schema: Schema, keywords: string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keywords.includes(keyword)));
}

function omit(schema: Schema, keywords: string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));
}
