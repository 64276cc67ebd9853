import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { barChart } from '../../bench/chart';

const IMAGES = path.join(__dirname, '..', '..', 'docs', 'images');

const chartOf = (parts: number) => barChart({
  title: 'Title', unit: 'USD', legend: Array.from({ length: parts }, (_, i) => `part ${i}`), bars: [{ label: 'bar', parts: Array(parts).fill(1) }],
});

test('the parts of a bar have different colours', () => {
  const colours = [...chartOf(10).matchAll(/height="22" fill="([^"]*)"/g)].map(([, colour]) => colour);
  expect(new Set(colours).size).toBe(10);
  for (const colour of colours) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
});

test('a chart with more parts than colours is refused', () => {
  expect(() => chartOf(11)).toThrow('a bar must have at most 10 parts, because there are no more colours');
});

test.each(readdirSync(IMAGES).filter((file) => file.endsWith('.svg')))('docs/images/%s has only known colours', (file) => {
  expect(readFileSync(path.join(IMAGES, file), 'utf8')).not.toContain('"undefined"');
});
