import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../protocol/environment';
import { LIVE_TABLE } from '../../protocol/table';
import { TaskResourceOptions } from '../../task-resource-options';
import { grantKey, WRITE_TABLE_ACTIONS } from '../encryption/key-permissions';
import { encryptionWith } from '../pipeline/task-table';

/** Stores the connections, and what they watch. */
export class ConnectionTable extends dynamodb.TableV2 {
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
      encryption: encryptionKey && encryptionWith(encryptionKey),
    });
    this.environment = { [ENVIRONMENT.LIVE_TABLE_NAME]: this.tableName };
  }

  /** Grants permission for actions on the items. */
  public grantItems(grantee: iam.IGrantable, ...actions: string[]): void {
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.tableArn] });
    if (this.encryptionKey) grantKey(grantee, this.encryptionKey, this, 'dynamodb', WRITE_TABLE_ACTIONS);
  }
}
