/** Fails if a public type, a member, a parameter, or the default of an optional prop is not documented. */
import { readFileSync } from 'node:fs';

interface Documented { readonly name: string; readonly docs?: { readonly summary?: string; readonly default?: string } }
interface Member extends Documented {
  readonly optional?: boolean;
  readonly overrides?: string;
  readonly parameters?: Documented[];
}
interface Type extends Documented {
  readonly datatype?: boolean;
  readonly initializer?: Omit<Member, 'name' | 'docs'>;
  readonly methods?: Member[];
  readonly properties?: Member[];
}

const { types } = JSON.parse(readFileSync('.jsii', 'utf8')) as { types: Record<string, Type> };
const found = Object.values(types).flatMap((type) => problems(type));
if (found.length > 0) {
  console.error(found.join('\n'));
  process.exit(1);
}
console.log(`${Object.keys(types).length} types: everything public is documented`);

function problems(type: Type): string[] {
  // The summary of the class applies to its constructor.
  const members = [{ ...type.initializer, name: 'constructor', docs: type.docs }, ...type.methods ?? [], ...type.properties ?? []];
  return members.flatMap((member) => memberProblems(type, member));
}

function memberProblems(type: Type, { name, docs, overrides, optional, parameters = [] }: Member): string[] {
  // A member of another one of our types is documented there.
  if (overrides !== undefined && overrides in types) return [];
  return [
    ...docs?.summary ? [] : ['no summary'],
    ...type.datatype && optional && docs?.default === undefined ? ['no @default'] : [],
    ...parameters.filter((parameter) => !parameter.docs?.summary).map((parameter) => `no @param ${parameter.name}`),
  ].map((problem) => `${type.name}.${name}: ${problem}`);
}
