import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PYTHON_FLAGS, pythonEnvironment } from '../../local/engine/python-environment';

// Tests our fix of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

const ENGINE = join(__dirname, '..', '..', 'local', 'engine');

/** Starts sessions in four threads. Prints how many there are, without those that have expired. */
const SCRIPT = `
import sys, threading
from fixes.session_ends import end_sessions_safely
from ministack.services import sts

def start(thread):
    for i in range(500):
        sts.register_session(f"{thread}-{i}", {"Expiration": i % 2 * 1e12})

end_sessions_safely()
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sts.register_session("last", {})
print(len(sts._sessions))
`;

test('sessions that start at the same time don\'t disturb each other, and those that have expired end', async () => {
  const python = await pythonEnvironment();
  const output = execFileSync(python, [...PYTHON_FLAGS, '-c', SCRIPT], {
    cwd: ENGINE, env: { ...process.env, ALARM_PERIOD_SCALE: '1', MAX_WORKERS: '1' }, encoding: 'utf8',
  });
  expect(output.trim()).toBe(String(4 * 250 + 1));
});
