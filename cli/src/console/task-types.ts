import { readFile } from 'node:fs/promises';
import { parseJson } from '../../../client/src/json';
import { CommandError } from '../errors';
import { ConsoleTaskType } from '../protocol';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords whose members are schemas, so that their names are no keywords. */
const SCHEMAS_BY_NAME = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'];

/** Keywords whose values are no schemas. */
const DATA = ['const', 'default', 'enum', 'example', 'examples'];

/**
 * Reads the task types from a file with what `taskManager.openApiDocument()` returns. Returns undefined if the API accepts all types.
 *
 * @throws CommandError if the file can't be read, or has something else
 */
export async function readTaskTypes(file: string): Promise<ConsoleTaskType[] | undefined> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandError(`the OpenAPI document can't be read: ${error.message}`);
  });
  const document = parseJson(text);
  if (document === undefined) throw new CommandError(`the OpenAPI document ${file} is not JSON`);
  return new TaskSchemas(file, document).taskTypes();
}

/** The schemas of an OpenAPI document. */
class TaskSchemas {
  private readonly schemas: Schema;

  constructor(private readonly file: string, document: unknown) {
    const { schemas } = Object(Object(document).components);
    this.schemas = Object(schemas);
  }

  public taskTypes(): ConsoleTaskType[] | undefined {
    const createTask = this.schema('CreateTask');
    if (!('discriminator' in createTask)) return undefined;
    return Object.entries<string>(Object(Object(createTask.discriminator).mapping)).map(([type, reference]) => {
      const { payload } = Object(this.schema(this.nameOf(reference)).properties);
      const payloadReference = Object(payload).$ref;
      return { type, ...(payloadReference !== undefined && { payloadSchema: this.withDefinitions(this.nameOf(payloadReference)) }) };
    });
  }

  /** Returns a schema together with the schemas that it needs, as its definitions. */
  private withDefinitions(name: string): Schema {
    const definitions = new Map<string, unknown>();
    const define = (reference: unknown) => {
      const target = this.nameOf(reference);
      if (!definitions.has(target)) {
        // First, because a schema can refer to itself.
        definitions.set(target, {});
        definitions.set(target, copy(this.schema(target), define));
      }
      return `#/$defs/${target}`;
    };
    const schema = copy(this.schema(name), define);
    return { ...schema, ...(definitions.size > 0 && { $defs: Object.fromEntries(definitions) }) };
  }

  private nameOf(reference: unknown): string {
    const [, name] = /^#\/components\/schemas\/([A-Za-z0-9._-]+)$/.exec(String(reference)) ?? [];
    return name ?? this.fail(`refers to '${reference}', which is none of its schemas`);
  }

  private schema(name: string): Schema {
    const schema = Object.hasOwn(this.schemas, name) ? this.schemas[name] : undefined;
    return isObject(schema) ? schema : this.fail(`has no schema '${name}'`);
  }

  private fail(reason: string): never {
    throw new CommandError(`the OpenAPI document ${this.file} ${reason}; it must be what openApiDocument() of a TaskManager returns`);
  }
}

/** Copies a schema with other references. */
function copy(schema: Schema, mapReference: (reference: unknown) => string): Schema {
  const copyAny = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copyAny);
    return isObject(value) ? copy(value, mapReference) : value;
  };
  return Object.fromEntries(Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
    if (keyword === '$ref') return [[keyword, mapReference(value)]];
    // Its references would leave the schema, and it checks nothing.
    if (keyword === 'discriminator') return [];
    if (DATA.includes(keyword)) return [[keyword, value]];
    if (!SCHEMAS_BY_NAME.includes(keyword) || !isObject(value)) return [[keyword, copyAny(value)]];
    return [[keyword, Object.fromEntries(Object.entries(value).map(([name, nested]) => [name, copyAny(nested)]))]];
  }));
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
