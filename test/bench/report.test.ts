import { ColdPath } from '../../bench/cold-path';
import { EMPTY, SHIPPED, WITH_SDK_CLIENT } from '../../bench/cold-path/arrangements';
import { coldChart, coldTables, warmTables } from '../../bench/report';

function aColdPath(arrangement: string, firstAnswerMs: number, limitedRequestMs?: number): ColdPath {
  return { function: 'api', arrangement, loadedMs: 20, firstAnswerMs, spreadMs: [1, 2], lastAnswerMs: 100, cpuMs: 50, limitedRequestMs };
}

const COLD = [aColdPath(SHIPPED, 60, 20), aColdPath(WITH_SDK_CLIENT, 100, 50), aColdPath(EMPTY, 24, 0.2)];

describe('the tables of the cold path', () => {
  test('compare the first answer and the first request at 512 MB with the function as shipped', () => {
    expect(coldTables(COLD).cold.split('\n')).toEqual([
      '| function | arrangement | loaded, ms | first answer, ms | quartiles | CPU, ms | relative to ours | first request at 512 MB, ms | relative to ours |',
      '|---|---|--:|--:|--:|--:|--:|--:|--:|',
      '| api | as shipped | 20 | 60 | 1–2 | 50 | × 1.00 | 20 | × 1.00 |',
      '| api | with the client of the AWS SDK | 20 | 100 | 1–2 | 50 | × 1.67 | 50 | × 2.50 |',
      '| api | an empty function | 20 | 24 | 1–2 | 50 | × 0.40 | 0.2 | × 0.01 |',
    ]);
  });

  test('show how far the function as shipped is from its goals', () => {
    expect(coldTables(COLD)['cold-goals'].split('\n').slice(2)).toEqual([
      '| first answer, relative to an empty function | × 2.50 | × 2.5 |',
      '| first answer, relative to the same function with the client of the AWS SDK | × 0.60 | × 0.7 |',
      '| first request at 512 MB, relative to the same | × 0.40 | × 0.5 |',
      '| first answer, relative to the reference | × 0.11 | × 0.125 |',
    ]);
  });

  test('leave the first request at 512 MB out if the machine can not limit the CPU', () => {
    const { cold, 'cold-goals': goals } = coldTables(COLD.map((result) => ({ ...result, limitedRequestMs: undefined })));
    expect(cold).not.toContain('512 MB');
    expect(goals).toContain('| first request at 512 MB, relative to the same | – | × 0.5 |');
  });
});

test('the chart of the cold path marks the function as shipped as ours, and no other', () => {
  const bars = coldChart(COLD).bars.map(({ label, isOurs }) => [label, isOurs]);
  expect(bars).toEqual([[EMPTY, false], [SHIPPED, true], [WITH_SDK_CLIENT, false]]);
});

test('the table of the warm path compares the clients where both were measured', () => {
  const { warm } = warmTables([
    { what: 'poll, a request', ownMicroseconds: 20, withSdkMicroseconds: 400, withSmallClientMicroseconds: 200 },
    { what: 'poll, with a network', withSdkMicroseconds: 800, withSmallClientMicroseconds: 400 },
    { what: 'update, a single message', ownMicroseconds: 30, withSdkMicroseconds: 600 },
  ]);
  expect(warm.split('\n').slice(2)).toEqual([
    '| poll, a request | 20 | 400 | 200 | × 0.50 |',
    '| poll, with a network | – | 800 | 400 | × 0.50 |',
    '| update, a single message | 30 | 600 | – | – |',
  ]);
});
