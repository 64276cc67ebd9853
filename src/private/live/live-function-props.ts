import * as logs from 'aws-cdk-lib/aws-logs';
import { ConnectionTable } from './connection-table';
import { TaskResourceOptions } from '../../task-resource-options';
import { OwnQueue } from '../own-queue';
import { TaskTable } from '../pipeline/task-table';

/** What the functions of live updates have in common. */
export interface LiveFunctionProps {
  readonly taskTable: TaskTable;
  readonly connections: ConnectionTable;
  readonly queue: OwnQueue;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
}
