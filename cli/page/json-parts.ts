/** Arrays and objects with more parts show them in groups. */
const GROUP_SIZE = 100;

/** A part of a JSON value: a member, an item, or a group of them. */
export interface JsonPart {
  readonly name: string;
  readonly value: unknown;
  /** Whether it stands for many parts. Its value has only them. */
  readonly isGroup?: boolean;
}

/** Returns the parts of an object or an array: at most a hundred, some of which can be groups. */
export function partsOf(value: object): JsonPart[] {
  const isArray = Array.isArray(value);
  return grouped(Object.entries(value).map(([name, part]) => ({ name: isArray ? name : JSON.stringify(name), value: part })));
}

/** Returns the parts of a group. */
export function partsOfGroup({ value }: JsonPart): JsonPart[] {
  return grouped(value as JsonPart[]);
}

/** Returns what a folded value has: `{ 3 }`, `[ 120 ]`. */
export function sizeOf(value: object): string {
  return Array.isArray(value) ? `[ ${value.length.toLocaleString('en')} ]` : `{ ${Object.keys(value).length.toLocaleString('en')} }`;
}

/** Returns whether a value is short enough to be shown unfolded. */
export function isShort(value: unknown, limit = 60): boolean {
  let left = limit;
  const visit = (part: unknown): boolean => --left >= 0 && (!isContainer(part) || Object.values(part).every(visit));
  return visit(value);
}

export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function grouped(parts: JsonPart[]): JsonPart[] {
  if (parts.length <= GROUP_SIZE) return parts;
  let size = GROUP_SIZE;
  while (parts.length / size > GROUP_SIZE) size *= GROUP_SIZE;
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, index) => {
    const group = parts.slice(index * size, (index + 1) * size);
    const [first, last] = [group[0].name, group[group.length - 1].name];
    return { name: group.length === 1 ? first : `${first} … ${last}`, value: group, isGroup: true };
  });
}
