import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PYTHON_FLAGS, pythonEnvironment } from '../../local/engine/python-environment';

// Tests our fix of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const ENGINE = join(__dirname, '..', '..', 'local', 'engine');

/** Writes metrics in eight threads while others remove old values, as each request does. Prints the number of values. */
const SCRIPT = `
import sys, threading
from fixes.metric_writes import write_metrics_safely
from fixes.metrics import record, record_now
from ministack.services import cloudwatch

def write():
    for i in range(1000):
        record("Test", f"Values{i % 100}", {}, [1.0])
        record_now("Test", f"Counts{i % 100}", {}, 1.0, "Count")

def read():
    while any(writer.is_alive() for writer in writers):
        cloudwatch._evict_old_metrics()

write_metrics_safely()
sys.setswitchinterval(1e-6)
writers = [threading.Thread(target=write) for _ in range(8)]
readers = [threading.Thread(target=read) for _ in range(2)]
for thread in writers + readers:
    thread.start()
for thread in writers + readers:
    thread.join()
print(sum(point["Count"] for points in cloudwatch._metrics.values() for point in points))
`;

test('no value of a metric gets lost when several functions write at the same time, and requests read', async () => {
  const python = await pythonEnvironment();
  const output = execFileSync(python, [...PYTHON_FLAGS, '-c', SCRIPT], {
    cwd: ENGINE, env: { ...process.env, ALARM_PERIOD_SCALE: '1', MAX_WORKERS: '1' }, encoding: 'utf8',
  });
  expect(Number(output)).toBe(8 * 1_000 * 2);
});
