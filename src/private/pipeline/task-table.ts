import { Duration, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../protocol/environment';
import { TABLE } from '../../protocol/table';
import { grantKey, READ_TABLE_ACTIONS, WRITE_TABLE_ACTIONS } from '../encryption/key-permissions';

export interface TaskTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly taskRetention: Duration;
  readonly encryptionKey?: kms.IKey;
  readonly deletionProtection?: boolean;
}

/** Actions that write items. */
const WRITES = /:(Put|Update|Delete|BatchWrite)Item$/;

/** Stores the tasks. Its stream has their changes. */
export class TaskTable extends dynamodb.TableV2 {
  /** Environment variables of the functions that use the table. */
  public readonly environment: Record<string, string>;

  /** What each principal has been allowed to do with the key. */
  private readonly keyActions = new Map<iam.IPrincipal, string[]>();

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
      encryption: props.encryptionKey && encryptionWith(props.encryptionKey),
    });
    this.environment = {
      [ENVIRONMENT.TABLE_NAME]: this.tableName,
      [ENVIRONMENT.RETENTION_SECONDS]: Tokenization.stringifyNumber(props.taskRetention.toSeconds()),
    };
  }

  /** Grants these actions on the table only. `grant()` would grant them on its indexes, too. */
  public grantItems(grantee: iam.IGrantable, ...actions: string[]): void {
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.tableArn] });
    this.grantTableKey(grantee, actions.some((action) => WRITES.test(action)) ? WRITE_TABLE_ACTIONS : READ_TABLE_ACTIONS);
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

  private grantTableKey(grantee: iam.IGrantable, actions: string[]): void {
    const granted = this.keyActions.get(grantee.grantPrincipal) ?? [];
    const missing = actions.filter((action) => !granted.includes(action));
    if (!this.encryptionKey || missing.length === 0) return;
    grantKey(grantee, this.encryptionKey, this, 'dynamodb', missing);
    this.keyActions.set(grantee.grantPrincipal, [...granted, ...missing]);
  }
}

/**
 * Returns the encryption with a key. CDK looks for the key of each replica by its region, and refuses stacks whose region is not known.
 * The tables have no replicas.
 */
export function encryptionWith(key: kms.IKey): dynamodb.TableEncryptionV2 {
  return Object.assign(dynamodb.TableEncryptionV2.customerManagedKey(key), {
    _renderReplicaSseSpecification: () => ({ kmsMasterKeyId: key.keyArn }),
  });
}
