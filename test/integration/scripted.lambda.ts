import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { report } from '../support/report';

/** A processor that sends each of `payload.reports`, one after the other. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const { reports } = detail.payload as { reports: object[] };
  for (const update of reports) await report(detail, update);
}
