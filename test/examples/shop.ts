import { deepEqual, rejects } from 'node:assert/strict';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TaskFailedError } from '../../client/src';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine } from '../../local/engine/engine';
import { signingTaskClient } from '../../local/engine/signing-task-client';
import { step } from '../../local/terminal';
import { assumeRole } from '../support/assume-role';
import { eventually } from '../support/eventually';
import { openSocket, presigned } from '../support/live-socket';

const SALES = [{ orderId: 'A-1', cents: 1999 }, { orderId: 'A-2', cents: 500 }, { orderId: 'A-3', cents: 2501 }];

/** Deploys the shop, and uses it with the permissions of a clerk of the back office only. */
export async function tryShop(engine: Engine, assembly: string): Promise<void> {
  const shop = await step('deploying the stacks', () => deploy(engine, assembly));
  const clerk = { ...engine, credentials: await assumeRole(engine, shop.outputs('BackOffice').ClerkRole) };
  const orders = signingTaskClient(clerk, shop.apiUrl('Orders', 'ApiUrl'));
  const reports = signingTaskClient(clerk, shop.apiUrl('Reports', 'ApiUrl'));

  const live = await openSocket(await presigned(shop.apiUrl('Orders', 'LiveUrl'), clerk.credentials, clerk.region));
  live.send({ action: 'watchAll' });
  await live.next();

  await step('import-orders, which uses the Python helper, is successful', async () => {
    deepEqual(await orders.run('import-orders', { orders: SALES }), { imported: SALES.length });
  });
  await step('a clerk who watches all orders gets a message about that', async () => {
    await live.next(({ status }) => status === 'SUCCESSFUL');
    await live.close();
  });
  await step('the warehouse gets an event', async () => deepEqual(await firstMessage(engine, shop), 'TaskSuccessfulEvent'));
  await step('import-orders without orders fails', async () => {
    await rejects(orders.run('import-orders', {}), (error) => error instanceof TaskFailedError && error.code === 'NoOrders');
  });
  await step('sales-report, whose return value is the result, is successful', async () => {
    deepEqual(await reports.run('sales-report', { sales: SALES }), { sales: SALES.length, cents: 5000 });
  });
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
