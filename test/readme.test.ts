import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { transformSync } from 'esbuild';
import { aMessage, aTask, EVENT_SOURCE } from './support/builders';
import { statusEvent } from '../src/runtime/events/events';
import { parseReport } from '../src/runtime/events/reports';

const README = readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');

/** The samples in TypeScript are compiled by jsii-rosetta; this one is run. */
function sampleProcessor(): { handler(event: unknown): Promise<void> } {
  const [, source] = /```js\n(.*?)```/s.exec(README)!;
  const sample = { exports: {} as ReturnType<typeof sampleProcessor> };
  new Function('module', 'exports', 'require', transformSync(source, { format: 'cjs' }).code)(sample, sample.exports, require);
  return sample.exports;
}

test('the processor of the README reports what the updater understands', async () => {
  const eventBridge = mockClient(EventBridgeClient);
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  const created = statusEvent(aTask({ payload: '{"table":"customers"}' }), { eventBusName: 'Bus', eventSource: EVENT_SOURCE });

  await sampleProcessor().handler({ detail: JSON.parse(created.Detail!) });

  const sent = eventBridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!);
  expect(sent.map(({ EventBusName }) => EventBusName)).toEqual(['Bus', 'Bus']);
  const reports = sent.map(({ Source, DetailType, Detail }) =>
    parseReport(aMessage(JSON.parse(Detail!), { 'source': Source, 'detail-type': DetailType }), EVENT_SOURCE));
  const about = { taskId: aTask().taskId, taskCreatedAt: aTask().createdAt };
  expect(reports).toEqual([
    expect.objectContaining({ taskType: 'export', update: expect.objectContaining({ ...about, status: 'RUNNING', progress: { percent: 50, message: 'half of customers' } }) }),
    expect.objectContaining({ taskType: 'export', update: { ...about, status: 'SUCCESSFUL', result: { rows: 1000 } } }),
  ]);
});
