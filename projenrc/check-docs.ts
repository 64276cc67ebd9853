/** Fails when something public is not explained: a type, a member, a parameter, or what an optional prop is when it is left out. */
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
console.log(`${Object.keys(types).length} types: all that is public is documented`);

function problems(type: Type): string[] {
  // The summary of a constructor is that of its class.
  const members = [{ ...type.initializer, name: 'constructor', docs: type.docs }, ...type.methods ?? [], ...type.properties ?? []];
  return members.flatMap((member) => memberProblems(type, member));
}

function memberProblems(type: Type, { name, docs, overrides, optional, parameters = [] }: Member): string[] {
  // What implements a member of another of our types is explained there.
  if (overrides !== undefined && overrides in types) return [];
  return [
    ...docs?.summary ? [] : ['no summary'],
    ...type.datatype && optional && docs?.default === undefined ? ['no @default'] : [],
    ...parameters.filter((parameter) => !parameter.docs?.summary).map((parameter) => `no @param ${parameter.name}`),
  ].map((problem) => `${type.name}.${name}: ${problem}`);
}
