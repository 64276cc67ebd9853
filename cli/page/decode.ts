/** Decodes a part of a URL. A `%` that somebody typed is no escape. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
