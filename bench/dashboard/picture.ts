import { PERIODS, Series, unitOf } from './sample-data';
import { Line, linesOf } from './values';
import { Widget } from '../../test/support/dashboards';
import { COLOURS, text } from '../chart';

/** Size of a unit of the dashboard's grid. */
const UNIT = { width: 50, height: 36 };
const MARGIN = 8;
const COLUMNS = 24;
const FONT_SIZE = 12;
/** Average, to break lines and to place entries of a legend. */
const CHARACTER_WIDTH = 6.2;
const LEGEND_ROW = 15;
const TITLE_HEIGHT = 26;
const UNIT_HEIGHT = 18;
const AXIS = { left: 48, bottom: 18 };
const GRID_LINES = 3;
const FIRST_HOUR = 9;
const PERIODS_PER_HOUR = 12;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Draws a dashboard with sample data as SVG. The white background makes it readable on dark pages, too. */
export function dashboardPicture(title: string, widgets: readonly Widget[]): string {
  const width = COLUMNS * UNIT.width + MARGIN;
  const height = Math.max(...widgets.map(({ y, height: rows }) => y + rows)) * UNIT.height + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="${FONT_SIZE}">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...widgets.flatMap(draw),
    '</svg>',
    '',
  ].join('\n');
}

function draw(widget: Widget): string[] {
  const box = boxOf(widget);
  const { title, markdown, view, alarms } = widget.properties;
  if (widget.type === 'text') return heading(box, markdown);
  const frame = [
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="4" fill="none" stroke="#d0d7de"/>`,
    text(box.x + 10, box.y + 18, title, 'font-weight="bold"'),
  ];
  if (widget.type === 'alarm') return [...frame, ...alarmStates(box, alarms)];
  return [...frame, ...(view === 'singleValue'
    ? singleValue(box, linesOf(widget)[0])
    : graph(box, widget))];
}

function boxOf({ x, y, width, height }: Widget): Box {
  return {
    x: x * UNIT.width + MARGIN, y: y * UNIT.height + MARGIN, width: width * UNIT.width - MARGIN, height: height * UNIT.height - MARGIN,
  };
}

function heading({ x, y, width }: Box, markdown: string): string[] {
  const [question, ...rest] = markdown.split('\n');
  const plain = rest.join(' ').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return [
    text(x, y + 28, question.replace('## ', ''), 'font-size="17" font-weight="bold"'),
    ...broken(plain, width / CHARACTER_WIDTH).map((line, i) => text(x, y + 50 + i * LEGEND_ROW, line)),
  ];
}

function broken(sentence: string, maximum: number): string[] {
  const lines = [''];
  for (const word of sentence.split(' ')) {
    if (lines.at(-1)!.length + word.length > maximum) lines.push('');
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines;
}

/** Shows all alarms as they are if nothing is wrong. */
function alarmStates({ x, y }: Box, alarms: readonly string[]): string[] {
  return alarms.flatMap((arn, i) => {
    const top = y + TITLE_HEIGHT + 2 + i * (LEGEND_ROW - 1);
    const [, name] = /Alarms(\w+?)[0-9A-F]{8}}$/.exec(arn)!;
    return [`<rect x="${x + 12}" y="${top}" width="10" height="10" rx="2" fill="#009e73"/>`, text(x + 28, top + 9, `${name}: OK`, 'font-size="11"')];
  });
}

function singleValue({ x, y, width, height }: Box, { label, values }: Line): string[] {
  return [
    text(x + width / 2, y + height / 2 + 8, values[0]!.toFixed(3), 'font-size="40" text-anchor="middle"'),
    text(x + width / 2, y + height / 2 + 34, label!, 'text-anchor="middle"'),
  ];
}

function graph(box: Box, widget: Widget): string[] {
  const { stacked: isStacked, yAxis } = widget.properties;
  const lines = linesOf(widget);
  const colours = lines.map(({ color }, i) => color ?? COLOURS[i % COLOURS.length]);
  const legend = legendOf(box, lines, colours);
  const plot = {
    x: box.x + AXIS.left,
    y: box.y + TITLE_HEIGHT + UNIT_HEIGHT,
    width: box.width - AXIS.left - 14,
    height: box.height - TITLE_HEIGHT - UNIT_HEIGHT - AXIS.bottom - legend.height,
  };
  const layers = isStacked ? stack(lines.map(({ values }) => values)) : lines.map(({ values }) => values);
  const top = niceMaximum(Math.max(...layers.flat().map((value) => value ?? 0)));
  const point = (value: number, period: number) => (
    `${(plot.x + period / (PERIODS - 1) * plot.width).toFixed(1)},${(plot.y + (1 - value / top) * plot.height).toFixed(1)}`
  );
  return [
    ...axes(plot, top),
    text(box.x + 10, box.y + TITLE_HEIGHT + 7, yAxis.left.label ?? unitOf(lines[0]), 'font-size="10"'),
    // The highest layer first, so that the lower ones are on top of it.
    ...[...layers.keys()].reverse().flatMap((i) => (
      isStacked ? area(layers[i], colours[i], point) : curve(layers[i], colours[i], point)
    )),
    ...legend.elements,
  ];
}

/** Adds to each layer those below it. */
function stack(series: readonly Series[]): Series[] {
  const below = Array<number>(PERIODS).fill(0);
  return series.map((values) => values.map((value, period) => below[period] += value ?? 0));
}

function area(values: Series, colour: string, point: (value: number, period: number) => string): string[] {
  const outline = [point(0, 0), ...values.map((value, period) => point(value!, period)), point(0, PERIODS - 1)];
  return [`<polygon points="${outline.join(' ')}" fill="${colour}" stroke="#ffffff" stroke-width="0.5"/>`];
}

/** Draws the values, with gaps where there are none. A value between two gaps is a dot. */
function curve(values: Series, colour: string, point: (value: number, period: number) => string): string[] {
  const parts: string[][] = [[]];
  values.forEach((value, period) => value === undefined ? parts.push([]) : parts.at(-1)!.push(point(value, period)));
  return parts.filter(({ length }) => length > 0).map((points) => points.length === 1
    ? `<circle cx="${points[0].split(',')[0]}" cy="${points[0].split(',')[1]}" r="2" fill="${colour}"/>`
    : `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"/>`);
}

function axes({ x, y, width, height }: Box, top: number): string[] {
  const lines = Array.from({ length: GRID_LINES }, (_, i) => {
    const at = (y + height - i / (GRID_LINES - 1) * height).toFixed(1);
    const value = i / (GRID_LINES - 1) * top;
    return [
      `<line x1="${x}" y1="${at}" x2="${x + width}" y2="${at}" stroke="#e4e7eb"/>`,
      text(x - 6, Number(at) + 4, short(value), 'font-size="10" text-anchor="end"'),
    ];
  });
  const hours = Array.from({ length: Math.ceil(PERIODS / PERIODS_PER_HOUR) }, (_, hour) => text(
    Number((x + hour * PERIODS_PER_HOUR / (PERIODS - 1) * width).toFixed(1)), y + height + 13,
    `${String(FIRST_HOUR + hour).padStart(2, '0')}:00`, 'font-size="10" text-anchor="middle"',
  ));
  return [...lines.flat(), ...hours];
}

function legendOf({ x, y, width, height }: Box, lines: readonly Line[], colours: readonly string[]) {
  const entries: { start: number; row: number; label: string; colour: string }[] = [];
  let row = 0;
  let left = 12;
  lines.forEach(({ label }, i) => {
    const entryWidth = 14 + label!.length * CHARACTER_WIDTH + 12;
    if (left + entryWidth > width) {
      row++;
      left = 12;
    }
    const start = Math.round(x + left);
    entries.push({ start, row, label: label!, colour: colours[i] });
    left += entryWidth;
  });
  const legendHeight = (row + 1) * LEGEND_ROW + 6;
  return {
    height: legendHeight,
    elements: entries.flatMap((entry) => {
      const top = y + height - legendHeight + 2 + entry.row * LEGEND_ROW;
      return [
        `<rect x="${entry.start}" y="${top}" width="9" height="9" fill="${entry.colour}"/>`,
        text(entry.start + 13, top + 9, entry.label, 'font-size="11"'),
      ];
    }),
  };
}

/** Returns the end of an axis that has a round number there and in its middle. */
function niceMaximum(value: number): number {
  if (value === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 6, 8, 10].find((step) => step * power >= value)! * power;
}

function short(value: number): string {
  if (value >= 1_000) return `${Number((value / 1_000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(2)));
}
