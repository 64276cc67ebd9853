/** The bundled command line finds AWS credentials in the places in which AWS tools do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { Program } from '../../support/program';
import { temporaryDirectory } from '../../support/temporary-directory';

const EXPIRATION = '2100-01-01T00:00:00Z';
const SECRET = { SecretAccessKey: 'secret', Token: 'token', SessionToken: 'token', Expiration: EXPIRATION };

const home = temporaryDirectory('home');

/** The services that give credentials, and the API, which they are for. */
let server: Server;
let url: string;
/** Ids of the access keys that signed requests to the API. */
const keys: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => void answer(request).then((body) => response.end(body))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

beforeEach(() => keys.splice(0));

async function answer(request: IncomingMessage): Promise<string> {
  const { pathname } = new URL(request.url!, url);
  if (pathname.startsWith('/api/')) {
    keys.push(/Credential=(\w+)\//.exec(request.headers.authorization!)![1]);
    return '{"tasks":[]}';
  }
  if (pathname === '/federation/credentials') {
    return JSON.stringify({ roleCredentials: { accessKeyId: 'SSO', secretAccessKey: 'secret', sessionToken: 'token', expiration: Date.parse(EXPIRATION) } });
  }
  if (pathname === '/container') return JSON.stringify({ AccessKeyId: 'CONTAINER', ...SECRET });
  if (pathname === '/latest/api/token') return 'token';
  if (pathname === '/latest/meta-data/iam/security-credentials/') return 'role';
  if (pathname === '/latest/meta-data/iam/security-credentials/role') return JSON.stringify({ Code: 'Success', AccessKeyId: 'INSTANCE', ...SECRET });
  let body = '';
  for await (const chunk of request) body += chunk;
  const action = new URLSearchParams(body).get('Action');
  const key = { AssumeRole: 'ROLE', AssumeRoleWithWebIdentity: 'WEBIDENTITY' }[action!];
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials><AccessKeyId>${key}</AccessKeyId>
    <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${EXPIRATION}</Expiration></Credentials></${action}Result></${action}Response>`;
}

function write(name: string, content: string): string {
  const file = path.join(home, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const cached = (name: string, algorithm: string, content: object) =>
  write(`.aws/${name}/cache/${createHash(algorithm).update('session').digest('hex')}.json`, JSON.stringify(content));

beforeAll(() => {
  write('process.json', JSON.stringify({ Version: 1, AccessKeyId: 'PROCESS', ...SECRET }));
  write('.aws/credentials', '[static]\naws_access_key_id = STATIC\naws_secret_access_key = secret\n');
  write('.aws/config', `
[profile process]
credential_process = cat ${path.join(home, 'process.json')}
[profile role]
role_arn = arn:aws:iam::111111111111:role/operator
source_profile = static
[profile sso]
sso_session = session
sso_account_id = 111111111111
sso_role_name = operator
[sso-session session]
sso_region = eu-west-1
sso_start_url = https://company.awsapps.com/start
[profile login]
login_session = session
`);
  cached('sso', 'sha1', { accessToken: 'token', expiresAt: EXPIRATION });
  cached('login', 'sha256', {
    accessToken: { accessKeyId: 'LOGIN', secretAccessKey: 'secret', sessionToken: 'token', accountId: '111111111111', expiresAt: EXPIRATION },
    clientId: 'client',
    refreshToken: 'refresh',
    dpopKey: 'key',
  });
});

test.each<[string, string, string[], (() => Record<string, string>)?]>([
  ['the environment', 'ENVIRONMENT', [], () => ({ AWS_ACCESS_KEY_ID: 'ENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'secret' })],
  ['a profile with keys', 'STATIC', ['--profile', 'static']],
  ['a profile with a role', 'ROLE', ['--profile', 'role']],
  ['a profile with a process', 'PROCESS', ['--profile', 'process']],
  ['a profile of IAM Identity Center', 'SSO', ['--profile', 'sso']],
  ['a profile of `aws login`', 'LOGIN', ['--profile', 'login']],
  ['the profile of AWS_PROFILE', 'STATIC', [], () => ({ AWS_PROFILE: 'static' })],
  ['a web identity', 'WEBIDENTITY', [], () => ({
    AWS_WEB_IDENTITY_TOKEN_FILE: write('identity', 'token'), AWS_ROLE_ARN: 'arn:aws:iam::111111111111:role/operator',
  })],
  ['a container', 'CONTAINER', [], () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container` })],
  ['an instance', 'INSTANCE', [], () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url })],
])('signs with the credentials of %s', async (_, key, parameters, environment = () => ({})) => {
  const program = new Program({ HOME: home, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: url, ...environment() });

  const { code, stderr } = await program.run(['list', '--url', `${url}/api/`, ...parameters]);

  expect({ code, stderr, keys }).toEqual({ code: 0, stderr: '', keys: [key] });
});

test('names the profile that has no credentials', async () => {
  const program = new Program({ HOME: home, AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' });
  const { code, stderr } = await program.run(['list', '--url', `${url}/api/`, '--profile', 'nobody']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: there are no usable AWS credentials in the profile nobody: /)]);
});

test('says where the credentials were looked for if there are none', async () => {
  const program = new Program({ HOME: home, AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' });
  const { code, stderr } = await program.run(['list', '--url', `${url}/api/`]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: there are no usable AWS credentials: .*provider/)]);
});
