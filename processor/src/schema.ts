import { TaskFailure } from './errors';
import { ERROR_CODE } from '../../src/protocol/wire';

/** A validator of Zod, Valibot, ArkType or another library that implements [Standard Schema](https://standardschema.dev). */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Type of the values that a schema returns. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** @throws TaskFailure if the payload does not match the schema: a retry would not help */
export async function parsePayload(schema: StandardSchema | undefined, payload: unknown): Promise<unknown> {
  if (!schema) return payload;
  const result = await schema['~standard'].validate(payload);
  if (!result.issues) return result.value;
  throw new TaskFailure(ERROR_CODE.INVALID_PAYLOAD, result.issues.map(text).join('; '));
}

function text({ path = [], message }: SchemaIssue): string {
  const names = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return [names.join('.'), message].filter(Boolean).join(': ');
}
