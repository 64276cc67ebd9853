import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { report as send } from '../support/report';

const SUCCESSFUL = { status: 'SUCCESSFUL', result: { rows: 3 } };
const FAILED = { status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } };
const RUNNING = { status: 'RUNNING' };

/** A processor that misbehaves as its payload asks. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<unknown> {
  const report = (...updates: object[]) => send(detail, ...updates);
  switch ((detail.payload as { behaviour: string }).behaviour) {
    case 'succeeds':
      await report(RUNNING);
      return report(SUCCESSFUL);
    case 'throws':
      throw new RangeError('no such row');
    case 'throws late':
      await report(RUNNING);
      throw new RangeError('no such row');
    case 'exits':
      return process.exit(1);
    case 'rejects with nothing':
      return Promise.reject(null);
    case 'hangs':
      return new Promise((resolve) => setTimeout(resolve, 60_000));
    case 'is silent':
      return undefined;
    case 'is slow':
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return report(SUCCESSFUL);
    case 'repeats':
      await report(...Array(10).fill(SUCCESSFUL));
      return report(...Array(10).fill(SUCCESSFUL));
    case 'contradicts':
      return report(SUCCESSFUL, FAILED, RUNNING, SUCCESSFUL);
    case 'is malformed':
      return report({ status: 'DONE' }, SUCCESSFUL);
    case 'recovers':
      if (Math.random() < 0.5) throw new Error('try again');
      return report(SUCCESSFUL);
    default:
      throw new Error('unknown behaviour');
  }
}
