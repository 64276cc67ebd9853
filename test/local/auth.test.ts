import { CfnOutput } from 'aws-cdk-lib';
import { LambdaRestApi } from 'aws-cdk-lib/aws-apigateway';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { withEngine } from '../../local/engine/with-engine';

jest.setTimeout(120_000);

/** A function that sends a message with a request that it signs itself, because the machine's Node.js has no SDK. */
const SENDER = `
const crypto = require('crypto');
const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const sha256 = text => crypto.createHash('sha256').update(text).digest('hex');
exports.handler = async ({ path }) => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL, QUEUE_URL } = process.env;
  const isBatch = path === '/batch';
  const message = { MessageBody: 'hello' };
  const body = JSON.stringify({ QueueUrl: QUEUE_URL, ...(isBatch ? { Entries: [{ Id: '0', ...message }] } : message) });
  const date = new Date().toISOString().replace(/[:-]|\\.\\d{3}/g, '');
  const headers = {
    'content-type': 'application/x-amz-json-1.0', 'host': new URL(AWS_ENDPOINT_URL).host, 'x-amz-date': date,
    'x-amz-security-token': AWS_SESSION_TOKEN, 'x-amz-target': 'AmazonSQS.SendMessage' + (isBatch ? 'Batch' : ''),
  };
  const signed = Object.keys(headers).join(';');
  const canonical = ['POST', '/', '', ...Object.entries(headers).map(([name, value]) => name + ':' + value), '', signed, sha256(body)].join('\\n');
  const scope = date.slice(0, 8) + '/us-east-1/sqs/aws4_request';
  const key = scope.split('/').reduce(hmac, 'AWS4' + AWS_SECRET_ACCESS_KEY);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\\n')).toString('hex');
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + AWS_ACCESS_KEY_ID + '/' + scope + ', SignedHeaders=' + signed + ', Signature=' + signature;
  const response = await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers: { ...headers, authorization }, body });
  return { statusCode: response.status, body: await response.text() };
};`;

test('gives a function exactly the permissions of its role, for batches of messages, too, and if a policy requires TLS', async () => {
  const assembly = synthesizeStack((stack) => {
    const queue = new Queue(stack, 'Queue', { enforceSSL: true });
    const environment = { QUEUE_URL: queue.queueUrl };
    const allowed = aNodeFunction(stack, 'Allowed', SENDER, { environment });
    const denied = aNodeFunction(stack, 'Denied', SENDER, { environment });
    queue.grantSendMessages(allowed);
    new CfnOutput(stack, 'AllowedUrl', { value: new LambdaRestApi(stack, 'AllowedApi', { handler: allowed }).url });
    new CfnOutput(stack, 'DeniedUrl', { value: new LambdaRestApi(stack, 'DeniedApi', { handler: denied }).url });
  });

  await withEngine({ auth: true }, async (engine) => {
    const deployment = await deploy(engine, assembly);
    for (const path of ['message', 'batch']) {
      const allowed = await fetch(`${deployment.apiUrl('Tiny', 'AllowedUrl')}${path}`);
      const denied = await fetch(`${deployment.apiUrl('Tiny', 'DeniedUrl')}${path}`);

      expect([allowed.status, await allowed.text()]).toEqual([200, expect.stringContaining('MessageId')]);
      expect([denied.status, await denied.text()]).toEqual([403, expect.stringContaining('not authorized to perform: sqs:SendMessage because')]);
    }
  });
});
