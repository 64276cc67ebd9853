/**
 * Fails if a public name is a reserved word of Python or Java, or the name of a member that every object has there. jsii would rename it
 * without a warning, and differently in each language. Fails, too, if a parameter has no name, because it is destructured.
 */
import { readFileSync } from 'node:fs';

const RESERVED = new Set(`
  False None True and as assert async await break class continue def del elif else except finally for from global if import in
  is lambda nonlocal not or pass raise return try while with yield case match self
  abstract boolean byte catch char const default do double enum extends final float goto implements instanceof int interface
  long native new package private protected public short static strictfp super switch synchronized this throw throws transient
  void volatile null true false var record sealed permits
  build equals hashCode toString getClass clone finalize notify notifyAll wait
  type object range map
`.trim().split(/\s+/));

interface Named { readonly name: string; readonly parameters?: Named[] }
interface Type extends Named { readonly initializer?: Named; readonly methods?: Named[]; readonly properties?: Named[] }

const { types } = JSON.parse(readFileSync('.jsii', 'utf8')) as { types: Record<string, Type> };
const found = Object.values(types).flatMap((type) => problems(type));
if (found.length > 0) {
  console.error(found.join('\n'));
  process.exit(1);
}
console.log(`${Object.keys(types).length} types: no public name is reserved in Python or Java`);

function problems(type: Type): string[] {
  const members = [...type.methods ?? [], ...type.properties ?? []];
  const parameters = [...type.methods ?? [], type.initializer].flatMap((method) => method?.parameters ?? []);
  return [
    ...parameters.filter(({ name }) => name.startsWith('__'))
      .map(({ name }) => `${type.name}: the parameter '${name}' has no name, because it is destructured`),
    ...[...members, ...parameters].filter(({ name }) => RESERVED.has(name)).map(({ name }) => `${type.name}: '${name}' is reserved`),
    ...members.filter(({ name }) => name.toLowerCase() === type.name.toLowerCase())
      .map(({ name }) => `${type.name}: '${name}' has the name of its type`),
    ...members.filter(({ name }) => /^get[A-Z]/.test(name)).map(({ name }) => `${type.name}: '${name}' clashes with the getter of a property in Java`),
  ];
}
