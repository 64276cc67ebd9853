import { once } from 'node:events';
import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PayloadBucket } from '../../../src/runtime/work/payload-bucket';

const KEY = 'tasks/video.4k/b0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10/payload-20261123T100000000Z.json';
const JSON_TEXT = '{"title":"März"}';
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG', AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2Vj/+=',
};
const before = { ...process.env };

/** A request that has arrived, with its body. */
interface Arrived {
  readonly request: IncomingMessage;
  readonly body: string;
}

let server: Server;
let endpoint: string;
let arrived: Arrived[];
let status: number;

beforeEach(async () => {
  [arrived, status] = [[], 200];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      arrived.push({ request, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, ENVIRONMENT, {
    AWS_ENDPOINT_URL: endpoint, RESULT_BUCKET_NAME: 'results', RESULT_BUCKET_DOMAIN_NAME: 'results.s3.eu-west-1.amazonaws.com',
  });
  jest.useFakeTimers({ now: new Date('2026-11-23T10:00:00.000Z'), doNotFake: ['nextTick', 'setImmediate', 'performance', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  jest.useRealTimers();
  process.env = { ...before };
  server.closeAllConnections();
  server.close();
});

const aBucket = () => PayloadBucket.fromEnvironment({ reserveMs: 0 })!;

test('a payload arrives as it is, as JSON', async () => {
  await aBucket().put(KEY, JSON_TEXT);
  const [{ request, body }] = arrived;
  expect({ method: request.method, url: request.url, type: request.headers['content-type'], body })
    .toEqual({ method: 'PUT', url: `/results/${KEY}`, type: 'application/json', body: JSON_TEXT });
});

test('the request has the signature of the client of the SDK for the same request', async () => {
  await aBucket().put(KEY, JSON_TEXT);
  const [{ request: { headers } }] = arrived;
  const client = new S3Client({ endpoint, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
  // The client adds headers and a parameter about itself.
  client.middlewareStack.addRelativeTo((next: any) => async (args: any) => {
    const { request } = args as { request: { headers: Record<string, string>; query: object } };
    const names = ['host', 'content-type', 'content-length'];
    request.headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => names.includes(name.toLowerCase())));
    request.query = {};
    return next(args);
  }, { relation: 'before', toMiddleware: 'httpSigningMiddleware', name: 'OnlyTheSame' });
  await client.send(new PutObjectCommand({ Bucket: 'results', Key: KEY, Body: JSON_TEXT, ContentType: 'application/json' }));
  const expected = arrived[1].request.headers;

  const signed = ['authorization', 'x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token'];
  expect(signed.map((name) => headers[name])).toEqual(signed.map((name) => expected[name]));
});

test.each([403, 404, 503, 204])('the answer %i is an error, and its text has nothing of the payload', async (code) => {
  status = code;
  await expect(aBucket().put(KEY, JSON_TEXT)).rejects.toThrow(new Error(`S3 answered ${code} to the payload`));
});

test('there is no bucket without its name', () => {
  delete process.env.RESULT_BUCKET_NAME;
  expect(PayloadBucket.fromEnvironment({ reserveMs: 0 })).toBeUndefined();
});

test('the name of the bucket is that of the environment', () => {
  expect(aBucket().name).toBe('results');
});
