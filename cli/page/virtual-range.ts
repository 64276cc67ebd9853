/** Rows before and after the visible ones that are rendered, so that quick scrolling shows no gap. */
const MARGIN = 8;

/** Rows that must be in the document. */
export interface VirtualRange {
  readonly start: number;
  /** After the last row. */
  readonly end: number;
}

/** @param scrollTop distance from the top of the first row to the top of the window, in pixels. Can be negative */
export function virtualRange(scrollTop: number, windowHeight: number, rowHeight: number, rows: number): VirtualRange {
  const first = Math.floor(scrollTop / rowHeight);
  const last = Math.ceil((scrollTop + windowHeight) / rowHeight);
  return { start: clamp(first - MARGIN, 0, rows), end: clamp(last + MARGIN, 0, rows) };
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
