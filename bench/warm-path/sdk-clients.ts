import { Readable } from 'node:stream';
import { sdkClientSettings } from '../../src/runtime/support/sdk-client-settings';
import { taskItem } from '../events';

/** The item of the task of all requests and reports. */
export const ITEM = taskItem();

/** Fixed responses of the services. */
const ANSWERS: Record<string, object> = {
  PutItem: {},
  GetItem: { Item: ITEM },
  // The reports have no heartbeat, so the updater asks for no attributes.
  UpdateItem: {},
  PutEvents: { FailedEntryCount: 0, Entries: [{ EventId: 'id' }] },
};

export type MakeSdkClient = <C extends object>(type: new (config: any) => C) => C;

/** Returns an SDK client that runs no code of the SDK. */
export const stubClient: MakeSdkClient = (type) => Object.assign(Object.create(type.prototype), {
  send: async ({ input }: { input: object }) => ANSWERS[operationOf(input)],
});

/** Returns the operation of a command. A bundle changes the names of the classes, and can lack some. */
function operationOf(input: object): string {
  if ('Entries' in input) return 'PutEvents';
  if ('UpdateExpression' in input) return 'UpdateItem';
  return 'Item' in input ? 'PutItem' : 'GetItem';
}

/** Returns a client that does everything but send its requests. */
export const offlineClient: MakeSdkClient = (type) => new type({
  ...sdkClientSettings({ reserveMs: 0 }),
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  requestHandler: {
    handle: async ({ headers }: { headers: Record<string, string> }) => {
      const body = JSON.stringify(ANSWERS[headers['x-amz-target'].split('.')[1]]);
      return { response: { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Readable.from([Buffer.from(body)]) } };
    },
  },
});
