import { fromDraft07, isDraft07 } from './draft-07';
import { decodeFragment, isObject, mapNestedSchemas, pointerTo, referenceTo, Schema } from './json-schema';

/** A schema of draft 2020-12 whose references are JSON pointers. */
export interface NormalizedSchema {
  readonly schema: Schema;
  /** Where the user wrote each schema, by the JSON pointer to it. */
  readonly origins: ReadonlyMap<string, string[]>;
}

/**
 * Converts a schema of draft-07 to draft 2020-12, and its references by ids and anchors to JSON pointers. Keeps what it does not
 * understand. Throws if a schema of draft-07 has no equivalent.
 *
 * @param name the name of the schema in error messages
 * @param warn receives a message about each keyword that draft-07 ignores
 */
export function normalizeSchema(schema: Schema, name: string, warn: (message: string) => void): NormalizedSchema {
  return new Normalizer(schema, name, warn).normalize();
}

/** Relative ids are relative to this. */
const BASE = 'json-schema:///';

class Normalizer {
  /** The JSON pointers of the schemas in the result, by their JSON pointers before. */
  private readonly moved = new Map<string, string>();
  private readonly origins = new Map<string, string[]>();
  /** The URIs to which the references in a schema are relative, by its JSON pointer in the result. */
  private readonly bases = new Map<string, string>();
  /** JSON pointers before, by the URIs of ids. */
  private readonly resources = new Map([[BASE, '']]);
  /** JSON pointers in the result, by the URIs of anchors. */
  private readonly anchors = new Map<string, string>();

  constructor(private readonly root: Schema, private readonly name: string, private readonly warn: (message: string) => void) {}

  public normalize(): NormalizedSchema {
    const converted = this.convert(this.root, [], [], BASE);
    return { schema: this.withPointers(converted, []) as Schema, origins: this.origins };
  }

  private convert(schema: unknown, from: string[], to: string[], outerBase: string): unknown {
    const pointer = pointerTo(to);
    this.moved.set(pointerTo(from), pointer);
    this.origins.set(pointer, from);
    if (!isObject(schema)) return schema;

    const at = [this.name, ...from].join('/');
    const converted = isDraft07(this.root) ? fromDraft07(schema, at, this.warn) : { schema, origins: {} };
    const { $id, $anchor } = converted.schema;
    const base = typeof $id === 'string' ? withoutFragment($id, outerBase) ?? outerBase : outerBase;
    this.bases.set(pointer, base);
    if (base !== outerBase) addOnce(this.resources, base, pointerTo(from), `${at}/$id`);
    if (typeof $anchor === 'string') addOnce(this.anchors, `${base}#${$anchor}`, pointer, `${at}/$anchor`);
    return mapNestedSchemas(converted.schema, (nested, [keyword, ...steps]) => (
      this.convert(nested, [...from, converted.origins[keyword] ?? keyword, ...steps], [...to, keyword, ...steps], base)
    ));
  }

  private withPointers(schema: unknown, place: string[]): unknown {
    if (!isObject(schema)) return schema;
    const mapped = mapNestedSchemas(schema, (nested, steps) => this.withPointers(nested, [...place, ...steps]));
    const target = typeof schema.$ref === 'string' ? this.targetOf(schema.$ref, this.bases.get(pointerTo(place))!) : undefined;
    return target === undefined ? mapped : { ...mapped, $ref: referenceTo(target) };
  }

  private targetOf(reference: string, base: string): string | undefined {
    if (reference === '') return undefined;
    const [uri, fragment = ''] = reference.split(/#(.*)/s);
    const resource = uri === '' ? base : withoutFragment(uri, base);
    const name = decodeFragment(fragment);
    if (resource === undefined || name === undefined) return undefined;
    if (name !== '' && !name.startsWith('/')) return this.anchors.get(`${resource}#${name}`);
    const root = this.resources.get(resource);
    return root === undefined ? undefined : this.moved.get(root + name);
  }
}

function addOnce(names: Map<string, string>, name: string, pointer: string, at: string): void {
  if (names.has(name)) throw new Error(`${at} must be unique in the schema, got '${name.replace(BASE, '')}' twice`);
  names.set(name, pointer);
}

/** Returns a URI without its fragment, or undefined if it is not valid. */
function withoutFragment(uri: string, base: string): string | undefined {
  try {
    return new URL(uri, base).href.replace(/#.*$/s, '');
  } catch {
    return undefined;
  }
}
