import { Duration, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../protocol/environment';
import { TABLE } from '../../protocol/table';

export interface TaskTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly taskRetention: Duration;
}

/** Remembers the tasks, and its stream tells what changed. */
export class TaskTable extends dynamodb.TableV2 {
  /** What a function must know to use the table. */
  public readonly environment: Record<string, string>;

  constructor(scope: Construct, id: string, props: TaskTableProps) {
    super(scope, id, {
      partitionKey: { name: TABLE.PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      // A task may have further items, so that a large payload is not written again by each update.
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
        // Nothing that ever changes, so that an update of a task writes nothing here.
        projectionType: dynamodb.ProjectionType.INCLUDE,
        nonKeyAttributes: [TABLE.TYPE],
      }],
      timeToLiveAttribute: TABLE.TIME_TO_LIVE,
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: props.removalPolicy,
    });
    this.environment = {
      [ENVIRONMENT.TABLE_NAME]: this.tableName,
      [ENVIRONMENT.RETENTION_SECONDS]: Tokenization.stringifyNumber(props.taskRetention.toSeconds()),
    };
  }

  /** Grants these actions on the items, and not on the indexes, as `grant()` would. */
  public grantItems(grantee: iam.IGrantable, ...actions: string[]): void {
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.tableArn] });
  }

  public grantQueryChecks(grantee: iam.IGrantable): void {
    this.grantQueryIndex(grantee, TABLE.CHECKS_INDEX);
  }

  public grantQueryOwners(grantee: iam.IGrantable): void {
    this.grantQueryIndex(grantee, TABLE.OWNERS_INDEX);
  }

  private grantQueryIndex(grantee: iam.IGrantable, indexName: string): void {
    iam.Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query'], resourceArns: [`${this.tableArn}/index/${indexName}`] });
  }
}
