import * as fc from 'fast-check';
import { harness } from './harness';
import { FakeSocket, LiveServer } from './live-server';
import { Task } from '../../client/src';
import { clock } from '../../client/src/clock';

const h = harness();

/** What happens to a message, in either direction: it arrives after these delays, in milliseconds. */
const FATES: Record<string, number[]> = { arrives: [10], late: [20_000], slow: [1500], doubled: [10, 3000], lost: [] };

/** What happens to a connection. */
const CONNECTIONS: Record<string, (socket: FakeSocket) => void> = {
  opens: (socket) => socket.open(),
  refused: (socket) => socket.cut(),
  never: () => {},
  deaf: (socket) => {
    socket.open();
    clock.after(5000, () => socket.die());
  },
  cut: (socket) => {
    socket.open();
    clock.after(12_000, () => socket.cut());
  },
};

/** Changes of a task: the pauses before each of them, and how it ends. The percentage is the version, so that going back is seen. */
const lives = fc.record({
  pauses: fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 8 }),
  status: fc.constantFrom('SUCCESSFUL', 'FAILED', 'CANCELLED'),
});
const plans = fc.record({
  tasks: fc.array(lives, { minLength: 1, maxLength: 4 }),
  fates: fc.array(fc.constantFrom(...Object.keys(FATES)), { maxLength: 40 }),
  connections: fc.array(fc.constantFrom(...Object.keys(CONNECTIONS)), { maxLength: 8 }),
  apiFailures: fc.array(fc.boolean(), { maxLength: 20 }),
  staleLists: fc.array(fc.boolean(), { maxLength: 5 }),
  random: fc.double({ min: 0, max: 0.99, noNaN: true }),
});

test('every wait and every watch sees the end of its task and never goes back, in spite of lost messages and cut sockets', async () => {
  // fast-check prints the seed and the path of a failure. Pass them to this call to reproduce it.
  await fc.assert(fc.asyncProperty(plans, async ({ tasks, random, ...plan }) => {
    const { fates, connections, apiFailures, staleLists } = structuredClone(plan);
    h.clock.random = random;
    const server = new LiveServer(h);
    const { answer } = h.api;
    h.api.answer = (request) => apiFailures.shift() ? 'drop' : answer(request);
    const { list } = server;
    let listed = list();
    server.list = () => {
      const old = listed;
      listed = list();
      return staleLists.shift() ? old : listed;
    };
    server.connect = (socket) => CONNECTIONS[connections.shift() ?? 'opens'](socket);
    const { receive } = server;
    const carry = (deliver: () => void) => FATES[fates.shift() ?? 'arrives'].forEach((ms) => clock.after(ms, deliver));
    server.receive = (socket, message) => carry(() => receive(socket, message));
    server.post = (socket, message) => carry(() => socket.say(message));

    const ends = tasks.map(({ pauses, status }, i) => {
      const { taskId } = server.task({}, { taskId: `task-${i}` });
      let ms = 0;
      pauses.forEach((pause, n) => clock.after(ms += pause, () => server.change(taskId, { status: 'RUNNING', progress: { percent: n + 2 } })));
      clock.after(ms + 1, () => server.change(taskId, { status, progress: { percent: 100 } }));
      return { taskId, status };
    });
    const client = server.client();
    const seen = ends.map((): Record<string, Task[]> => ({ wait: [], watch: [], watchAll: [] }));
    const all = client.watchAll();
    const following = (async () => {
      for await (const task of all) seen[Number(task.taskId.slice('task-'.length))].watchAll.push(task);
    })();
    await Promise.all(ends.flatMap(({ taskId }, i) => [
      client.wait(taskId, { onChange: (task) => seen[i].wait.push(task) }).catch(({ name }) => expect(name).toMatch(/^Task(Failed|Cancelled)Error$/)),
      (async () => {
        for await (const task of client.watch(taskId)) seen[i].watch.push(task);
      })(),
    ]));
    // The next list but one shows what messages did not.
    clock.after(130_000, () => void all.return());
    await following;
    await h.clock.untilIdle();

    for (const [i, { status }] of ends.entries()) {
      for (const states of Object.values(seen[i])) {
        const percents = states.map(({ progress }) => progress?.percent ?? 1);
        expect(percents).toEqual([...percents].sort((a, b) => a - b));
        expect(states.at(-1)).toMatchObject({ status, progress: { percent: 100 } });
        expect(states.filter((state) => state.status === status)).toHaveLength(1);
      }
    }
    expect(server.openSockets).toBe(0);
    expect(h.clock.pending).toBe(0);
  }), { numRuns: 50 });
}, 120_000);
