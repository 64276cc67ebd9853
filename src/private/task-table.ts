import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TABLE } from '../protocol';

export interface TaskTableProps {
  readonly removalPolicy: RemovalPolicy;
}

/** Remembers the tasks: one item for each, and its stream tells what changed. */
export class TaskTable extends dynamodb.TableV2 {
  constructor(scope: Construct, id: string, props: TaskTableProps) {
    super(scope, id, {
      partitionKey: { name: TABLE.PARTITION_KEY, type: dynamodb.AttributeType.STRING },
      // A task may have further items, so that a large payload is not written again by each update.
      sortKey: { name: TABLE.SORT_KEY, type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: TABLE.TIME_TO_LIVE,
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: props.removalPolicy,
    });
  }
}
