import { writeCustomers } from './customers';
import { Demo } from './demo';
import { step } from '../terminal';

const CUSTOMERS = 1000;

/** A Lambda function as the processor. */
export const exportDemo: Demo = {
  title: 'examples/typescript, a CDK app that exports tables with a function',
  stack: 'ExportService',
  app: 'local/demo/export-app.ts',
  task: (seconds) => ({ title: 'export the table customers', type: 'export', payload: { table: 'customers', seconds } }),
  failing: { title: 'export a table that does not exist', type: 'export', payload: { table: 'dragons' } },
  prepare: async (engine, { CustomersTable }) =>
    step(`writing ${CUSTOMERS} customers`, () => writeCustomers(engine, CustomersTable, CUSTOMERS)),
  showResult: async (client, taskId, result, resultUrl) => {
    console.log(`  ${(result as { rows: number }).rows} rows\n\n  GET ${resultUrl?.split('?')[0]}?…`);
    const csv = await client.downloadResult(taskId);
    for (const line of (await csv.text()).split('\n').slice(0, 4)) console.log(`  │ ${line}`);
  },
};
