import { InMemoryTable } from '../../test/support/in-memory-table';
import { serve, tableOperations } from '../aws-endpoint';

/**
 * A program that stands in for the AWS services that the functions call. It prints its port, and responds at once, so that only the
 * functions take time.
 */
const table = new InMemoryTable({ now: Date.now, indexLag: () => 0, onChange: () => {} });

void serve({
  ...tableOperations(table),
  PutEvents: ({ Entries }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'id' })) }),
  SendMessage: () => ({ MessageId: 'id' }),
}).then(console.log);
