/** A bar that consists of parts, from left to right. */
export interface Bar {
  readonly label: string;
  readonly parts: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** Names of the parts of each bar. */
  readonly legend: readonly string[];
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABEL_WIDTH = 290;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 22;
const ROW_HEIGHT = 30;
const LEGEND_ROW = 20;
const LEGEND_COLUMNS = 3;
/** Colours that people with colour blindness can distinguish: https://jfly.uni-koeln.de/color/ */
export const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#999999', '#333333', '#cccccc'];

/** Draws horizontal bars as SVG. The white background makes them readable on dark pages, too. */
export function barChart({ title, unit, legend, bars }: Chart): string {
  const legendRows = legend.length > 1 ? Math.ceil(legend.length / LEGEND_COLUMNS) : 0;
  const top = 46 + legendRows * LEGEND_ROW;
  const height = top + bars.length * ROW_HEIGHT + 12;
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / Math.max(...bars.map(({ parts }) => sum(parts)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="13">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 28, title, 'font-size="16" font-weight="bold"'),
    ...(legendRows > 0 ? legend.flatMap(legendEntry) : []),
    ...bars.flatMap((bar, i) => row(bar, top + i * ROW_HEIGHT, scale, unit)),
    '</svg>',
    '',
  ].join('\n');
}

function legendEntry(name: string, i: number): string[] {
  const x = 16 + (i % LEGEND_COLUMNS) * (WIDTH / LEGEND_COLUMNS);
  const y = 40 + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW;
  return [`<rect x="${x}" y="${y}" width="12" height="12" fill="${colourOf(i)}"/>`, text(x + 18, y + 11, name)];
}

function row({ label, parts }: Bar, y: number, scale: number, unit: string): string[] {
  let x = LABEL_WIDTH;
  const rects = parts.map((value, i) => {
    const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR_HEIGHT}" fill="${colourOf(i)}"/>`;
    x += value * scale;
    return rect;
  });
  const baseline = y + BAR_HEIGHT - 6;
  return [text(LABEL_WIDTH - 8, baseline, label, 'text-anchor="end"'), ...rects, text(Number(x.toFixed(1)) + 6, baseline, `${format(sum(parts))} ${unit}`)];
}

function colourOf(part: number): string {
  const colour = COLOURS[part];
  if (colour === undefined) throw new Error(`a bar must have at most ${COLOURS.length} parts, because there are no more colours`);
  return colour;
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" fill="#222222"${attributes && ` ${attributes}`}>${escape(content)}</text>`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
