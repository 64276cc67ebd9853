import pc from 'picocolors';

/** Returns whether text for a stream has colours. NO_COLOR and FORCE_COLOR replace what the stream is. */
export function hasColours(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR || process.argv.includes('--no-color')) return false;
  if (FORCE_COLOR) return !['0', 'false'].includes(FORCE_COLOR);
  // A pipe has none: what reads it would take them for text.
  return Boolean(stream.isTTY) && stream.hasColors();
}

/** Colours of standard output and of errors. */
export const colours = pc.createColors(hasColours(process.stdout));
export const errorColours = pc.createColors(hasColours(process.stderr));
