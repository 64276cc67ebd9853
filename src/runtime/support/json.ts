import { defectOf } from '../../protocol/json';

/**
 * Parses JSON that all programs can read: I-JSON (RFC 7493) with a limited depth. Throws an error that names the defect and does not quote
 * the text.
 */
export function parseInteroperableJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('is not valid JSON');
  }
  const defect = defectOf(value);
  if (defect !== undefined) throw new Error(defect);
  return value;
}

/** Parses JSON text; undefined if there is none. */
export function parseIfPresent(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}
