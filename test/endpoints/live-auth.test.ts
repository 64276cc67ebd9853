/** The function that verifies tokens, behind a WebSocket API. Only on the local engine, whose issuer needs no HTTPS. */
import { App, CfnOutput, Lazy, Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { deploy } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskLiveAuth, TaskManager } from '../../src';
import { LIVE_PROTOCOL, LIVE_TOKEN_PARAMETER, LIVE_TOKEN_PREFIX } from '../../src/protocol/live';
import { openSocket, refusal, SocketOptions } from '../support/live-socket';
import { OpenIdProvider } from '../support/open-id-provider';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

/** Connects all, chooses our subprotocol, and answers messages with what the authorizer returned. */
const ECHO = `exports.handler = async ({ requestContext: { eventType, authorizer } }) => eventType === 'CONNECT'
  ? { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': '${LIVE_PROTOCOL}' } }
  : { statusCode: 200, body: JSON.stringify(authorizer) };`;

let provider: OpenIdProvider;
let engine: Engine;
let url: string;

beforeAll(async () => {
  provider = await OpenIdProvider.start();
  engine = await startEngine({ auth: true });
  const app = new App({ outdir: temporaryDirectory('live-auth') });
  defineApi(new Stack(app, 'LiveAuth'));
  url = (await deploy(engine, app.synth().directory)).apiUrl('LiveAuth', 'Url');
});

afterAll(async () => {
  await engine?.stop();
  await provider?.stop();
});

afterEach(() => provider.reset());

function defineApi(stack: Stack): void {
  const auth = TaskLiveAuth.jwt(Lazy.string({ produce: () => provider.issuer }), { audience: ['app'], ownerIncludesIssuer: true });
  const { authorizer } = auth.bind(stack, new TaskManager(stack, 'Tasks'));
  const echo = new Function(stack, 'Echo', { code: Code.fromInline(ECHO), handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  const integration = new WebSocketLambdaIntegration('Integration', echo);
  const webSocketApi = new WebSocketApi(stack, 'WebSocketApi', {
    connectRouteOptions: { integration, authorizer }, defaultRouteOptions: { integration, returnResponse: true },
  });
  const stage = new WebSocketStage(stack, 'Stage', { webSocketApi, stageName: 'live', autoDeploy: true });
  new CfnOutput(stack, 'Url', { value: stage.url });
}

const tokenOf = (claims: object = {}) => provider.token({ aud: 'app', sub: 'ada', ...claims });
const bearing = (token: string): SocketOptions => ({ protocols: [LIVE_PROTOCOL, `${LIVE_TOKEN_PREFIX}${token}`] });
const withToken = (token: string) => `${url}?${new URLSearchParams({ [LIVE_TOKEN_PARAMETER]: token })}`;

test.each<[string, (token: string) => [string, SocketOptions?]]>([
  ['the list of subprotocols', (token) => [url, bearing(token)]], ['the query string', (token) => [withToken(token), { protocols: [LIVE_PROTOCOL] }]],
])('a token in %s opens a connection, whose later messages know the owner and the end', async (_, place) => {
  const exp = Math.floor(Date.now() / 1000) + 100;
  const socket = await openSocket(...place(tokenOf({ exp })));
  socket.send({});
  expect(await socket.next()).toMatchObject({ owner: `${provider.issuer}#ada`, expiresAt: String(exp) });
  expect(socket.socket.protocol).toBe(LIVE_PROTOCOL);
  await socket.close();
});

test.each<[string, () => [string, SocketOptions?]]>([
  ['without a token', () => [url]],
  ['with one for another audience', () => [url, bearing(tokenOf({ aud: 'other' }))]],
  ['with one that has expired', () => [withToken(tokenOf({ exp: 1_000_000_000 }))]],
  ['with one that has no owner', () => [url, bearing(tokenOf({ sub: undefined }))]],
  ['with two different ones', () => [withToken(tokenOf()), bearing(tokenOf({ sub: 'eve' }))]],
])('a request %s is refused with a 403', async (_, place) => {
  expect(await refusal(...place())).toBe(403);
});

test('a new key of the issuer is picked up', async () => {
  provider.rotateKey();
  await (await openSocket(url, bearing(tokenOf()))).close();
});

test('a client gets a 500 while the issuer does not answer, and connects when it does', async () => {
  provider.rotateKey();
  provider.answer('/keys', (response) => response.destroy());
  expect(await refusal(url, bearing(tokenOf()))).toBe(500);
  provider.reset();
  await (await openSocket(url, bearing(tokenOf()))).close();
});
