/** A bar that consists of parts, from left to right. */
export interface Bar {
  readonly label: string;
  readonly parts: readonly number[];
  /** Whether the bar is about this project. Its colours are strong and its label is bold, and those of the others are not. */
  readonly isOurs: boolean;
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** Names of the parts of each bar. */
  readonly legend: readonly string[];
  /** What the legend calls the bars that are ours, and the others. */
  readonly sides: { readonly ours: string; readonly others: string };
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABEL_WIDTH = 290;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 22;
const ROW_HEIGHT = 30;
const GAP = 1;
const LEGEND_ROW = 20;
const LEGEND_COLUMNS = 3;
/** Colours that people with colour blindness can distinguish: https://jfly.uni-koeln.de/color/ */
export const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#999999', '#333333', '#cccccc'];

/** Part of white in the colours of bars that are not ours. */
const WHITE = 0.62;

/** Draws horizontal bars as SVG. The white background makes them readable on dark pages, too. */
export function barChart({ title, unit, legend, sides, bars }: Chart): string {
  // The name of a single part would say nothing.
  const parts = legend.length > 1 ? legend : [];
  const legendRows = Math.ceil(parts.length / LEGEND_COLUMNS) + 1;
  const top = 46 + legendRows * LEGEND_ROW;
  const height = top + bars.length * ROW_HEIGHT + 12;
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / Math.max(...bars.map((bar) => sum(bar.parts)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="13">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 28, title, 'font-size="16" font-weight="bold"'),
    ...parts.flatMap((name, i) => legendEntry([colourOf(i, true), colourOf(i, false)], name, i)),
    ...sidesEntries(sides, (legendRows - 1) * LEGEND_COLUMNS),
    ...bars.flatMap((bar, i) => row(bar, top + i * ROW_HEIGHT, scale, unit)),
    '</svg>',
    '',
  ].join('\n');
}

/** Says what strong and light colours mean, by the colour of the first part and in words. */
function sidesEntries({ ours, others }: Chart['sides'], first: number): string[] {
  return [
    ...legendEntry([colourOf(0, true)], `strong: ${ours}`, first, 'font-weight="bold"'),
    ...legendEntry([colourOf(0, false)], `light: ${others}`, first + 1),
  ];
}

/** A square, or the halves of one, with a name. */
function legendEntry(colours: string[], name: string, i: number, attributes = ''): string[] {
  const x = 16 + (i % LEGEND_COLUMNS) * (WIDTH / LEGEND_COLUMNS);
  const y = 40 + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW;
  const width = 12 / colours.length;
  return [
    ...colours.map((colour, half) => `<rect x="${x + half * width}" y="${y}" width="${width}" height="12" fill="${colour}"/>`),
    text(x + 18, y + 11, name, attributes),
  ];
}

function row({ label, parts, isOurs }: Bar, y: number, scale: number, unit: string): string[] {
  let x = LABEL_WIDTH;
  const rects = parts.map((value, i) => {
    const colour = colourOf(i, isOurs);
    const width = value * scale;
    // A thin gap separates parts whose light colours look alike in print.
    const gap = width > 4 * GAP ? GAP : 0;
    const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${(width - gap).toFixed(1)}" height="${BAR_HEIGHT}" fill="${colour}"/>`;
    x += width;
    return rect;
  });
  const baseline = y + BAR_HEIGHT - 6;
  const weight = isOurs ? ' font-weight="bold"' : '';
  return [
    text(LABEL_WIDTH - 8, baseline, label, `text-anchor="end"${weight}`),
    ...rects,
    text(Number(x.toFixed(1)) + 6, baseline, `${format(sum(parts))} ${unit}`, weight.trim()),
  ];
}

function colourOf(part: number, isOurs: boolean): string {
  const colour = COLOURS[part];
  if (colour === undefined) throw new Error(`a bar must have at most ${COLOURS.length} parts, because there are no more colours`);
  return isOurs ? colour : lighten(colour);
}

function lighten(colour: string): string {
  const channels = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  return `#${channels.map((value) => Math.round(value + (255 - value) * WHITE).toString(16).padStart(2, '0')).join('')}`;
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
