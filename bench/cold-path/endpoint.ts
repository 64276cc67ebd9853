import { InMemoryTable } from '../../test/support/in-memory-table';
import { serve, tableOperations } from '../aws-endpoint';

/**
 * A program: the AWS services that the functions call, on a port of this machine that it writes to its standard output. It answers
 * at once, so that all that takes time is the function's.
 */
const table = new InMemoryTable({ now: Date.now, indexLag: () => 0, onChange: () => {} });

void serve({
  ...tableOperations(table),
  PutEvents: ({ Entries }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'id' })) }),
  SendMessage: () => ({ MessageId: 'id' }),
}).then(console.log);
