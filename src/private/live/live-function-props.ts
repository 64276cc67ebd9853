import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ConnectionTable } from './connection-table';
import { TaskResourceOptions } from '../../task-resource-options';
import { TaskTable } from '../pipeline/task-table';

/** What the functions of live updates have in common. */
export interface LiveFunctionProps {
  readonly taskTable: TaskTable;
  readonly connections: ConnectionTable;
  readonly queue: sqs.Queue;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
}
