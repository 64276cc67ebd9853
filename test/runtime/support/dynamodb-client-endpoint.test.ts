import { Readable } from 'node:stream';
import { partition, setPartitionInfo, useDefaultPartitionInfo } from '@aws-sdk/core/client';
import { HttpResponse } from '@smithy/core/protocols';
import { sdkClientSettings } from '../../../src/runtime/support/sdk-client-settings';
import { CLIENTS, ClientName, beginVirtualTime, endVirtualTime } from '../../support/dynamodb-clients';

beforeEach(beginVirtualTime);
afterEach(endVirtualTime);

interface Endpoint {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly host: string;
  /** Region and service that the request is signed for. */
  readonly scope: string;
}

/** Returns where a client sends its requests, or the error of its first call. */
async function endpointOf(name: ClientName, environment: NodeJS.ProcessEnv): Promise<Endpoint | Error> {
  const before = process.env;
  process.env = { ...before, ...environment };
  try {
    const { DynamoDBClient, GetItemCommand } = CLIENTS[name];
    const settings = sdkClientSettings({ reserveMs: 0 });
    const sent: Endpoint[] = [];
    settings.requestHandler.handle = async ({ protocol, hostname, port, path, headers }) => {
      const scope = /Credential=test\/\d+\/([^,]*),/.exec(headers.authorization)![1];
      sent.push({ protocol, hostname, port, path, host: headers.host, scope });
      return { response: new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from([Buffer.from('{}')]) }) };
    };
    // Ours throws when it is made, the SDK's when it is used.
    await new DynamoDBClient(settings).send(new GetItemCommand({ TableName: 'TaskStatus', Key: { pk: { S: 'task' } } }));
    expect(sent).toHaveLength(1);
    return sent[0];
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error;
  } finally {
    process.env = before;
  }
}

/** What an error of an endpoint can be about. */
const SUBJECTS = { fips: /fips/i, dualStack: /dual-?stack/i, custom: /custom endpoint/i };
type Subject = keyof typeof SUBJECTS;

function subjectsOf({ message }: Error): Subject[] {
  return (Object.keys(SUBJECTS) as Subject[]).filter((subject) => SUBJECTS[subject].test(message));
}

/** Expects both clients to send to the same endpoint, or to refuse for the same reason. Returns its URL, or what the error is about. */
async function endpointOfBoth(environment: NodeJS.ProcessEnv): Promise<string> {
  const [theirs, ours] = [await endpointOf('sdk', environment), await endpointOf('own', environment)];
  if (theirs instanceof Error) {
    if (!(ours instanceof Error)) throw new Error(`the SDK refuses this: ${theirs.message}`);
    const subjects = subjectsOf(theirs);
    expect(subjects).not.toEqual([]);
    // Ours names one of two settings that do not go with the region.
    expect(subjects).toEqual(expect.arrayContaining(subjectsOf(ours)));
    expect(subjectsOf(ours)).not.toEqual([]);
    return `refused: ${subjects.join(', ')}`;
  }
  if (ours instanceof Error) throw ours;
  expect(ours).toEqual(theirs);
  expect(ours.scope).toBe(`${environment.AWS_REGION ?? 'eu-west-1'}/dynamodb/aws4_request`);
  return `${ours.protocol}//${ours.hostname}${ours.port === undefined ? '' : `:${ours.port}`}${ours.path}`;
}

// A row for each kind of partition: neither, FIPS, dual stack, both.
const PARTITIONS: [string, [string, string, string, string]][] = [
  ['us-east-1', [
    'dynamodb.us-east-1.amazonaws.com', 'dynamodb-fips.us-east-1.amazonaws.com', 'dynamodb.us-east-1.api.aws', 'dynamodb-fips.us-east-1.api.aws',
  ]],
  ['eu-central-1', [
    'dynamodb.eu-central-1.amazonaws.com', 'dynamodb-fips.eu-central-1.amazonaws.com', 'dynamodb.eu-central-1.api.aws',
    'dynamodb-fips.eu-central-1.api.aws',
  ]],
  ['ap-southeast-7', [
    'dynamodb.ap-southeast-7.amazonaws.com', 'dynamodb-fips.ap-southeast-7.amazonaws.com', 'dynamodb.ap-southeast-7.api.aws',
    'dynamodb-fips.ap-southeast-7.api.aws',
  ]],
  ['cn-north-1', [
    'dynamodb.cn-north-1.amazonaws.com.cn', 'dynamodb-fips.cn-north-1.amazonaws.com.cn', 'dynamodb.cn-north-1.api.amazonwebservices.com.cn',
    'dynamodb-fips.cn-north-1.api.amazonwebservices.com.cn',
  ]],
];

const MORE_REGIONS = [
  'us-east-2', 'us-west-2', 'eu-west-3', 'me-south-1', 'il-central-1', 'mx-central-1', 'ca-west-1', 'cn-northwest-1', 'us-gov-west-1', 'us-gov-east-1',
  'us-iso-east-1', 'us-iso-west-1', 'us-isob-east-1', 'us-isob-west-1', 'eu-isoe-west-1', 'us-isof-south-1', 'us-isof-east-1', 'eusc-de-east-1',
  // Nobody knows these yet.
  'eu-middle-1', 'us-gov-north-1', 'cn-east-9', 'mars-1', 'xx-yyyy-zzzz-1',
];

const SETTINGS: NodeJS.ProcessEnv[] = [
  {}, { AWS_USE_FIPS_ENDPOINT: 'true' }, { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
];

test.each(PARTITIONS)('the endpoints of %s are those of the SDK', async (region, hosts) => {
  for (const [index, settings] of SETTINGS.entries()) {
    expect(await endpointOfBoth({ AWS_REGION: region, ...settings })).toBe(`https://${hosts[index]}/`);
  }
});

test.each(MORE_REGIONS.flatMap((region) => SETTINGS.map((settings) => [region, Object.keys(settings).join(' and ') || 'no setting', settings] as const)))(
  'the endpoint of %s with %s is that of the SDK', async (region, _, settings) => {
    expect(await endpointOfBoth({ AWS_REGION: region, ...settings })).toMatch(/^https:\/\/dynamodb|^refused: (fips|dualStack)/);
  },
);

// Today's partitions have all endpoints.
test('a partition without FIPS and dual-stack endpoints refuses both', async () => {
  const outputs = { ...partition('eu-west-1'), supportsFIPS: false, supportsDualStack: false };
  setPartitionInfo({ partitions: [{ id: 'aws', regionRegex: '^old-', regions: {}, outputs }] });
  try {
    const endpoints = [];
    for (const settings of SETTINGS) endpoints.push(await endpointOfBoth({ AWS_REGION: 'old-west-1', ...settings }));
    expect(endpoints).toEqual(['https://dynamodb.old-west-1.amazonaws.com/', 'refused: fips', 'refused: dualStack', 'refused: fips, dualStack']);
  } finally {
    useDefaultPartitionInfo();
  }
});

describe.each(['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'])('%s', (name) => {
  test.each(['false', '', 'nonsense', 'TRUE', 'True', '1', ' true', 'yes'])('is off if it is "%s"', async (value) => {
    expect(await endpointOfBoth({ [name]: value })).toBe('https://dynamodb.eu-west-1.amazonaws.com/');
  });

  test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB'])('does not go with %s', async (endpoint) => {
    expect(await endpointOfBoth({ [name]: 'true', [endpoint]: 'https://vpce-1.example' })).toMatch(/^refused: (fips|dualStack), custom$/);
    expect(await endpointOfBoth({ [name]: 'false', [endpoint]: 'https://vpce-1.example' })).toBe('https://vpce-1.example/');
  });
});

test('FIPS and dual stack do not go with a custom endpoint', async () => {
  expect(await endpointOfBoth({ ...SETTINGS[3], AWS_ENDPOINT_URL: 'https://vpce-1.example' })).toBe('refused: fips, custom');
});

// Lambda does not set the account. An account's endpoint answers as the region's does, and ours uses the region's.
test('the endpoint of an account is only used by the SDK', async () => {
  const environment = { AWS_ACCOUNT_ID: '111111111111' };
  expect(await endpointOf('sdk', environment)).toMatchObject({ hostname: '111111111111.ddb.eu-west-1.amazonaws.com' });
  expect(await endpointOf('own', environment)).toMatchObject({ hostname: 'dynamodb.eu-west-1.amazonaws.com' });
  expect(await endpointOfBoth({ ...environment, AWS_ACCOUNT_ID_ENDPOINT_MODE: 'disabled' })).toBe('https://dynamodb.eu-west-1.amazonaws.com/');
});

describe('a custom endpoint', () => {
  test.each([
    ['http://localhost:8000', 'http://localhost:8000/'],
    ['http://localhost:8000/', 'http://localhost:8000/'],
    ['http://localhost:80', 'http://localhost/'],
    ['https://localhost:443/', 'https://localhost/'],
    ['https://vpce-1-abc.dynamodb.eu-west-1.vpce.amazonaws.com', 'https://vpce-1-abc.dynamodb.eu-west-1.vpce.amazonaws.com/'],
    ['https://dynamodb.us-east-1.amazonaws.com', 'https://dynamodb.us-east-1.amazonaws.com/'],
    ['HTTPS://DynamoDB.Example', 'https://dynamodb.example/'],
    ['https://proxy.example/dynamodb', 'https://proxy.example/dynamodb/'],
    ['https://proxy.example/dynamodb/', 'https://proxy.example/dynamodb/'],
    ['https://proxy.example:8443/a/b%20c/', 'https://proxy.example:8443/a/b%20c/'],
    ['http://127.0.0.1:4566', 'http://127.0.0.1:4566/'],
    ['http://[::1]:8000', 'http://[::1]:8000/'],
    ['http://[::1]', 'http://[::1]/'],
    ['http://[2001:db8::1]:8000/base', 'http://[2001:db8::1]:8000/base/'],
  ])('%s gets the requests', async (url, expected) => {
    expect(await endpointOfBoth({ AWS_ENDPOINT_URL: url })).toBe(expected);
    expect(await endpointOfBoth({ AWS_ENDPOINT_URL_DYNAMODB: url })).toBe(expected);
  });

  test('of the service comes before that of all services', async () => {
    const AWS_ENDPOINT_URL = 'https://all.example';
    expect(await endpointOfBoth({ AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB: 'https://one.example' })).toBe('https://one.example/');
    expect(await endpointOfBoth({ AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB: '' })).toBe('https://all.example/');
    expect(await endpointOfBoth({ AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SQS: 'https://one.example' })).toBe('https://all.example/');
  });

  test('that is empty is none', async () => {
    expect(await endpointOfBoth({ AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_DYNAMODB: '' })).toBe('https://dynamodb.eu-west-1.amazonaws.com/');
  });

  test('does not depend on the region', async () => {
    expect(await endpointOfBoth({ AWS_REGION: 'us-iso-east-1', AWS_ENDPOINT_URL: 'https://all.example' })).toBe('https://all.example/');
  });

  test.each([
    ['true', 'https://dynamodb.eu-west-1.amazonaws.com/'], ['false', 'https://one.example/'], ['', 'https://one.example/'], ['nonsense', 'https://one.example/'],
  ])('is decided by AWS_IGNORE_CONFIGURED_ENDPOINT_URLS "%s"', async (value, expected) => {
    const environment = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: value, AWS_ENDPOINT_URL: 'https://all.example', AWS_ENDPOINT_URL_DYNAMODB: 'https://one.example' };
    expect(await endpointOfBoth(environment)).toBe(expected);
  });

  test.each(['nonsense', '//localhost', 'http://'])('that is no URL (%s) is refused by both', async (url) => {
    for (const name of ['sdk', 'own'] as const) expect([name, await endpointOf(name, { AWS_ENDPOINT_URL: url })]).toEqual([name, expect.any(Error)]);
  });
});
