import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { barChart } from '../../bench/chart';
import { PARTS } from '../../bench/parts';
import { costChart } from '../../bench/report';
import { storedResult } from '../../bench/results';

const IMAGES = path.join(__dirname, '..', '..', 'docs', 'images');

const chartOf = (parts: number, ...isOurs: boolean[]) => barChart({
  title: 'Title',
  unit: 'USD',
  legend: Array.from({ length: parts }, (_, i) => `part ${i}`),
  sides: { ours: 'this one', others: 'that one' },
  bars: isOurs.map((ours) => ({ label: ours ? 'our bar' : 'other bar', parts: Array(parts).fill(1), isOurs: ours })),
});

const coloursIn = (svg: string) => [...svg.matchAll(/height="22" fill="([^"]*)"/g)].map(([, colour]) => colour);

/** Returns the luminance of a colour, from 0 to 1: what a print without colours shows. */
function lightness(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16) / 255);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test('the parts of our bars and of the others have different colours', () => {
  const colours = coloursIn(chartOf(10, true, false));
  expect(new Set(colours).size).toBe(20);
  for (const colour of colours) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
});

test('each part of a bar that is not ours is lighter than the same part of ours', () => {
  const [ours, others] = [coloursIn(chartOf(10, true)), coloursIn(chartOf(10, false))];
  others.forEach((colour, i) => expect(lightness(colour)).toBeGreaterThan(lightness(ours[i])));
});

test('the legend says which colours are ours, and the labels say it without colours', () => {
  const svg = chartOf(2, true, false);
  expect(svg).toContain('>strong: this one</text>');
  expect(svg).toContain('>light: that one</text>');
  expect(svg).toMatch(/font-weight="bold">our bar</);
  expect(svg).not.toMatch(/font-weight="bold">other bar</);
});

test('a chart with more parts than colours is refused', () => {
  expect(() => chartOf(11, true)).toThrow('a bar must have at most 10 parts, because there are no more colours');
});

test.each(readdirSync(IMAGES).filter((file) => file.endsWith('.svg')))('docs/images/%s has only known colours', (file) => {
  expect(readFileSync(path.join(IMAGES, file), 'utf8')).not.toContain('"undefined"');
});

// If one fails, run `npm run bench -- --stored`, which draws them.
describe('docs/images has the chart', () => {
  const picture = (name: string) => readFileSync(path.join(IMAGES, `${name}.svg`), 'utf8');

  test('of the calculated prices', async () => {
    expect(picture('cost')).toBe(barChart(await costChart()));
  });

  test.each(['cold', 'end-to-end'] as const)('of the stored results of part %s', async (part) => {
    const { charts } = await PARTS[part].present(storedResult(part));
    for (const [name, chart] of Object.entries(charts!)) expect(picture(name)).toBe(barChart(chart));
  });
});
