import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { asLongAs, LONGEST_BUS_ARN, LONGEST_FUNCTION_ARN, LONGEST_SOURCE } from './longest-names';
import { EVENT, processorSource } from '../../protocol/wire';
import { ITaskManager } from '../../task-manager-interface';
import { onlyEventsOf } from '../grant-put-events';

/** Permission that the role of a function needs. Permissions with equal statements but for one list share a statement. */
export interface Permission {
  /** Identifies the statement. */
  readonly statementId: string;
  /** What the permission adds to the list. */
  readonly item: string;
  /** Returns the statement with a list of items. */
  readonly statement: (items: string[]) => iam.PolicyStatement;
  /** Puts an item into the list of a statement. `items` is the whole list. */
  readonly extend: (statement: iam.PolicyStatement, items: string[]) => void;
  /** Returns the statement with names as long as they can become. */
  readonly longest: (items: string[]) => object;
}

/** The permission to report on the tasks of one type. Permissions for the same bus share a statement with a list of sources. */
export function permissionToReport({ eventBus: { eventBusArn }, eventSource }: ITaskManager, taskType: string): Permission {
  const actions = ['events:PutEvents'];
  return {
    statementId: eventBusArn,
    item: processorSource(eventSource, taskType),
    statement: (sources) => new iam.PolicyStatement({
      actions, resources: [eventBusArn], conditions: onlyEventsOf(sources, EVENT.UPDATED),
    }),
    extend: (statement, sources) => statement.addConditions(onlyEventsOf(sources, EVENT.UPDATED)),
    longest: (sources) => ({
      Action: actions,
      Condition: onlyEventsOf(sources.map((source) => asLongAs(source, LONGEST_SOURCE)), [EVENT.UPDATED]),
      Effect: 'Allow',
      Resource: asLongAs(eventBusArn, LONGEST_BUS_ARN),
    }),
  };
}

/** The permission to invoke a function. */
export function permissionToInvoke({ functionArn }: lambda.IFunction): Permission {
  const actions = ['lambda:InvokeFunction'];
  return {
    statementId: 'invoke',
    item: functionArn,
    statement: (resources) => new iam.PolicyStatement({ actions, resources }),
    extend: (statement) => statement.addResources(functionArn),
    longest: (resources) => ({ Action: actions, Effect: 'Allow', Resource: resources.map((arn) => asLongAs(arn, LONGEST_FUNCTION_ARN)) }),
  };
}
