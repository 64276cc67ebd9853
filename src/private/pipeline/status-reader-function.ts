import { Duration } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from '../runtime-function';
import { TaskTable } from './task-table';
import { TaskResourceOptions } from '../../task-resource-options';

export interface StatusReaderFunctionProps {
  readonly table: TaskTable;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
}

/** Answers processors with the status of their task, so that work on a task that has ended can stop. */
export class StatusReaderFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: StatusReaderFunctionProps) {
    super(scope, id, {
      entry: 'status-reader',
      description: 'Answers processors with the status of their task',
      // One read takes milliseconds. A processor does not wait longer for an answer.
      timeout: Duration.seconds(10),
      // Work does not wait for the answer, so that a slow start does not matter (docs/decisions/0010-memory-and-architecture.md).
      memorySize: 256,
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      environment: props.table.environment,
    });
    // A read of an overdue task ends it.
    props.table.grantItems(this, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
  }
}
