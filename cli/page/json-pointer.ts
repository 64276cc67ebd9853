import { decode } from './decode';

/** Steps from the body of a request to a part of it. */
export type Path = readonly (string | number)[];

/** Parses a JSON pointer, plain or as a URI fragment (RFC 6901). */
export function parsePointer(pointer: string): string[] {
  const plain = pointer.startsWith('#') ? decode(pointer.slice(1)) : pointer;
  return plain.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function formatPointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
