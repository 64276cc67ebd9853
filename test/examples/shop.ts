import { deepEqual, rejects } from 'node:assert/strict';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AwsClient } from 'aws4fetch';
import { TaskFailedError } from '../../client/src';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine } from '../../local/engine/engine';
import { signingTaskClient } from '../../local/engine/signing-task-client';
import { step } from '../../local/terminal';
import { eventually } from '../support/eventually';

const SALES = [{ orderId: 'A-1', cents: 1999 }, { orderId: 'A-2', cents: 500 }, { orderId: 'A-3', cents: 2501 }];

/** Deploys the shop, and uses it with the permissions of a clerk of the back office only. */
export async function tryShop(engine: Engine, assembly: string): Promise<void> {
  const shop = await step('deploying the stacks', () => deploy(engine, assembly));
  const clerk = { ...engine, credentials: await assumeRole(engine, shop.outputs('BackOffice').ClerkRole) };
  const orders = signingTaskClient(clerk, shop.apiUrl('Orders', 'ApiUrl'));
  const reports = signingTaskClient(clerk, shop.apiUrl('Reports', 'ApiUrl'));

  await step('import-orders, which uses the Python helper, is successful', async () => {
    deepEqual(await orders.run('import-orders', { orders: SALES }), { imported: SALES.length });
  });
  await step('the warehouse gets an event', async () => deepEqual(await firstMessage(engine, shop), 'TaskSuccessfulEvent'));
  await step('import-orders without orders fails', async () => {
    await rejects(orders.run('import-orders', {}), (error) => error instanceof TaskFailedError && error.code === 'NoOrders');
  });
  await step('sales-report, whose return value is the result, is successful', async () => {
    deepEqual(await reports.run('sales-report', { sales: SALES }), { sales: SALES.length, cents: 5000 });
  });
}

async function assumeRole(engine: Engine, roleArn: string) {
  const sts = new AwsClient({ ...engine.credentials, region: engine.region, service: 'sts' });
  const query = new URLSearchParams({ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: 'clerk' });
  const response = await sts.fetch(engine.url, {
    method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: query.toString(),
  });
  const reply = await response.text();
  const value = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(reply)?.[1]
    ?? (() => { throw new Error(`AssumeRole returned ${response.status} without ${name}: ${reply}`); })();
  return { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey'), sessionToken: value('SessionToken') };
}

async function firstMessage(engine: Engine, shop: Deployment): Promise<string> {
  const sqs = new SQSClient(engine.sdkClientConfig);
  try {
    const QueueUrl = shop.outputs('Orders').WarehouseQueue;
    return await eventually('a message to the warehouse', async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      return Messages.map(({ Body }) => JSON.parse(Body!)['detail-type']).at(0);
    });
  } finally {
    sqs.destroy();
  }
}
