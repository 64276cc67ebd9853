import { Duration, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../protocol/environment';
import { TABLE } from '../../protocol/table';
import { READ_TABLE_ACTIONS } from '../encryption/key-permissions';
import { OwnTable } from '../own-table';

export interface TaskTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly taskRetention: Duration;
  readonly encryptionKey?: kms.IKey;
  readonly deletionProtection?: boolean;
}

/** Stores the tasks. Its stream has their changes. */
export class TaskTable extends OwnTable {
  /** Environment variables of the functions that use the table. */
  public readonly environment: Record<string, string>;

  constructor(scope: Construct, id: string, props: TaskTableProps) {
    super(scope, id, {
      partitionKey: { name: TABLE.PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      // A task can have several items, so that updates do not write a large payload again.
      sortKey: { name: TABLE.SORT_KEY, type: dynamodb.AttributeType.STRING },
      globalSecondaryIndexes: [{
        indexName: TABLE.CHECKS_INDEX,
        partitionKey: { name: TABLE.CHECK_SHARD, type: dynamodb.AttributeType.STRING },
        sortKey: { name: TABLE.CHECK_AT, type: dynamodb.AttributeType.STRING },
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
      }, {
        indexName: TABLE.OWNERS_INDEX,
        partitionKey: { name: TABLE.OWNER_SPACE, type: dynamodb.AttributeType.STRING },
        sortKey: { name: TABLE.CREATED_KEY, type: dynamodb.AttributeType.STRING },
        // Immutable attributes only, so that updates of a task do not write to this index.
        projectionType: dynamodb.ProjectionType.INCLUDE,
        nonKeyAttributes: [TABLE.TYPE],
      }],
      timeToLiveAttribute: TABLE.TIME_TO_LIVE,
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: props.removalPolicy,
      deletionProtection: props.deletionProtection,
      encryptionKey: props.encryptionKey,
    });
    this.environment = {
      [ENVIRONMENT.TABLE_NAME]: this.tableName,
      [ENVIRONMENT.RETENTION_SECONDS]: Tokenization.stringifyNumber(props.taskRetention.toSeconds()),
    };
  }

  public override grantStreamRead(grantee: iam.IGrantable): iam.Grant {
    if (!this.encryptionKey) return super.grantStreamRead(grantee);
    this.grantTableListStreams(grantee);
    this.grantTableKey(grantee, READ_TABLE_ACTIONS);
    return this.grantStream(grantee, 'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator');
  }

  public grantQueryChecks(grantee: iam.IGrantable): void {
    this.grantQueryIndex(grantee, TABLE.CHECKS_INDEX);
  }

  public grantQueryOwners(grantee: iam.IGrantable): void {
    this.grantQueryIndex(grantee, TABLE.OWNERS_INDEX);
  }

  private grantQueryIndex(grantee: iam.IGrantable, indexName: string): void {
    iam.Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query'], resourceArns: [`${this.tableArn}/index/${indexName}`] });
    this.grantTableKey(grantee, READ_TABLE_ACTIONS);
  }
}
