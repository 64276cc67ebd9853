import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { rootStackOf } from './private/event-source';
import { LOG_QUERIES } from './private/monitoring/log-queries';
import { functionsOf, validateFirst } from './private/monitoring/parts';
import type { TaskManager } from './task-manager';

/**
 * Configures the saved queries of a TaskManager.
 */
export interface TaskQueriesOptions {
  /**
   * Log groups to search besides those of the TaskManager, for example those of processors and their reporters.
   *
   * @default - none
   */
  readonly processorLogGroups?: logs.ILogGroup[];
}

/**
 * Defines saved queries of CloudWatch Logs Insights over the logs of a TaskManager. `TaskManager.createQueries()` makes them.
 *
 * CloudWatch shows them in a folder with the name of the stack, and the path of the TaskManager in it.
 */
export class TaskQueries extends Construct {
  /**
   * Defines the queries.
   *
   * @internal
   */
  public static _of(taskManager: TaskManager, options: TaskQueriesOptions): TaskQueries {
    validateFirst(taskManager, ID, 'createQueries');
    return new TaskQueries(taskManager, options);
  }

  /**
   * Returns all log lines about one task, in their order. Write the id of the task into the query.
   */
  public readonly taskLife: logs.QueryDefinition;

  /**
   * Counts the failed tasks by error code and task type.
   */
  public readonly failures: logs.QueryDefinition;

  /**
   * Returns the tasks that took longest to their end.
   */
  public readonly slowestTasks: logs.QueryDefinition;

  /**
   * Counts the ignored reports of processors by reason and task type.
   */
  public readonly ignoredReports: logs.QueryDefinition;

  /**
   * Returns the warnings and errors of the functions, and their invocations that timed out or failed.
   */
  public readonly problems: logs.QueryDefinition;

  private constructor(scope: TaskManager, options: TaskQueriesOptions) {
    super(scope, ID);
    const folder = folderOf(scope);
    const logGroups = [...Object.values(functionsOf(scope)).map(({ logGroup }) => logGroup), ...options.processorLogGroups ?? []];
    const define = (constructId: string, { name, text }: { name: string; text: string }) => new logs.QueryDefinition(this, constructId, {
      queryDefinitionName: `${folder}/${name}`, queryString: new QueryText(text), logGroups,
    });
    this.taskLife = define('TaskLife', LOG_QUERIES.taskLife);
    this.failures = define('Failures', LOG_QUERIES.failures);
    this.slowestTasks = define('SlowestTasks', LOG_QUERIES.slowestTasks);
    this.ignoredReports = define('IgnoredReports', LOG_QUERIES.ignoredReports);
    this.problems = define('Problems', LOG_QUERIES.problems);
  }
}

const ID = 'Queries';

/** Is a query as it is written. `QueryString` can't have comments. */
class QueryText extends logs.QueryString {
  constructor(private readonly text: string) {
    super();
  }

  public override toString(): string {
    return this.text.trim();
  }
}

/** The name of a query can have 255 characters, and that of a stack has up to 128. */
const MAX_PATH = 80;

/** Returns a folder that no other TaskManager of the account and region has. The name of a query can't have all characters of ids. */
function folderOf({ node }: TaskManager): string {
  const root = rootStackOf(node.scope!);
  const path = node.scopes.slice(root.node.scopes.length).map((scope) => scope.node.id).join('/').replaceAll(/[:*]/g, '');
  return `${root.stackName}/${path.length <= MAX_PATH ? path : `${path.slice(0, MAX_PATH - 9)}-${node.addr.slice(-8)}`}`;
}
