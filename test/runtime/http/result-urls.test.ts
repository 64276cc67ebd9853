import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { TaskResultObject } from '../../../src/protocol/wire';
import { ResultUrls } from '../../../src/runtime/http/result-urls';
import { bucketUrl } from '../../../src/runtime/support/bucket-url';
import { aTask, at, NOW } from '../../support/builders';

const REGION = 'eu-west-1';
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG', sessionToken: 'IQoJb3JpZ2luX2Vj/+=' };
const DOMAIN_NAME = `results.s3.${REGION}.amazonaws.com`;
const task = aTask({ status: 'SUCCESSFUL' });
const KEY = `tasks/export/${task.taskId}/5f1d`;

beforeEach(() => {
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken });
});

const sign = (resultObject: TaskResultObject, name = 'results') => (
  new ResultUrls({ region: REGION, url: bucketUrl(name, `${name}.s3.${REGION}.amazonaws.com`, undefined) }).sign({ ...task, resultObject }, NOW)
);

const parts = (url: string) => {
  const { origin, pathname, searchParams } = new URL(url);
  return { origin, pathname, query: Object.fromEntries(searchParams) };
};

describe('the URL of a result', () => {
  test.each<[string, string, TaskResultObject, string]>([
    ['of a bucket', 'results', { key: KEY }, 'attachment'],
    ['of a bucket whose name has dots', 'results.example.com', { key: KEY }, 'attachment'],
    ['with a media type', 'results', { key: KEY, contentType: 'text/csv; charset=utf-8' }, 'attachment'],
    [
      'with a file name', 'results', { key: KEY, fileName: 'März (1) "a"/b\\c+d&e=f%20.csv' },
      'attachment; filename="M_rz (1) _a__b_c+d&e=f_20.csv"; filename*=UTF-8\'\'M%C3%A4rz%20%281%29%20%22a%22%2Fb%5Cc%2Bd%26e%3Df%2520.csv',
    ],
  ])('%s is the one that the SDK signs', async (_, bucket, object, disposition) => {
    const url = bucketUrl(bucket, `${bucket}.s3.${REGION}.amazonaws.com`, undefined);
    const query = {
      'response-content-disposition': disposition, ...(object.contentType !== undefined && { 'response-content-type': object.contentType }),
    };
    const expected = await new S3RequestPresigner({ region: REGION, credentials: CREDENTIALS, sha256: Sha256 }).presign(new HttpRequest({
      protocol: 'https:', hostname: url.hostname, path: `${url.pathname.replace(/\/$/, '')}/${KEY}`, query,
    }), { expiresIn: 900, signingDate: NOW });
    const { resultUrl } = (await sign(object, bucket))!;
    expect(parts(resultUrl)).toEqual({ origin: url.origin, pathname: expected.path, query: expected.query });
    // S3 and its servers of other makers read a plus sign in different ways.
    expect(resultUrl).not.toContain('+');
  });

  test('expires after 15 minutes', async () => {
    const { resultUrl, resultUrlExpiresAt } = (await sign({ key: KEY }))!;
    expect(resultUrlExpiresAt).toBe(at(900));
    expect(parts(resultUrl).query).toMatchObject({ 'X-Amz-Expires': '900', 'X-Amz-Date': '20261123T100000Z' });
  });

  test.each([
    `tasks/export/${task.taskId.replace('b', 'c')}/5f1d`,
    `tasks/report/${task.taskId}/5f1d`,
    `tasks/export/${task.taskId}/`,
    `tasks/export/${task.taskId}/a/b`,
    `tasks/export/${task.taskId}/..`,
    `tasks/export/${task.taskId}/../x`,
    `tasks/export/${task.taskId}/%2e%2e`,
    `/tasks/export/${task.taskId}/5f1d`,
    'secrets.txt',
  ])('is not signed for %s, which is not an object of the task', async (key) => {
    expect(await sign({ key })).toBeUndefined();
  });

  test('does not exist if the task has no result object', async () => {
    const urls = new ResultUrls({ region: REGION, url: bucketUrl('results', DOMAIN_NAME, undefined) });
    expect(await urls.sign(task, NOW)).toBeUndefined();
  });
});

test.each([
  ['results', undefined, `https://${DOMAIN_NAME}/`],
  ['results.example', undefined, `https://s3.${REGION}.amazonaws.com/results.example`],
  ['results', 'http://127.0.0.1:4566', 'http://127.0.0.1:4566/results'],
  ['results', 'http://127.0.0.1:4566/aws/', 'http://127.0.0.1:4566/aws/results'],
])('the URL of the bucket %s with the endpoint %s is %s', (name, endpoint, url) => {
  expect(bucketUrl(name, `${name}.s3.${REGION}.amazonaws.com`, endpoint).href).toBe(url);
});
