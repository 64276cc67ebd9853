import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../protocol/environment';
import { LIVE_TABLE } from '../../protocol/table';
import { TaskResourceOptions } from '../../task-resource-options';
import { OwnTable } from '../own-table';

/** Stores the connections, and what they watch. */
export class ConnectionTable extends OwnTable {
  /** Environment variables of the functions that use the table. */
  public readonly environment: Record<string, string>;

  constructor(scope: Construct, id: string, { encryptionKey }: TaskResourceOptions) {
    super(scope, id, {
      partitionKey: { name: LIVE_TABLE.PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      sortKey: { name: LIVE_TABLE.SORT_KEY, type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: LIVE_TABLE.TIME_TO_LIVE,
      // Not for its items, which are worth nothing after two hours: companies require it of all tables, and it costs cents.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // No connection outlives its API.
      removalPolicy: RemovalPolicy.DESTROY,
      encryptionKey,
    });
    this.environment = { [ENVIRONMENT.LIVE_TABLE_NAME]: this.tableName };
  }
}
