import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { TaskManager } from '../../task-manager';

/** Returns the functions of a TaskManager by the names of its members. */
export function functionsOf({ apiHandler, statusPublisher, statusUpdater, statusReader, sweeper }: TaskManager) {
  // Only that of an imported TaskManager is not a function of its own.
  return { apiHandler, statusPublisher, statusUpdater, statusReader: statusReader as lambda.Function, sweeper };
}

/** Throws if a method has already added a construct with this id. */
export function validateFirst({ node }: Construct, id: string, method: string, advice = 'use what the first call returned'): void {
  if (node.tryFindChild(id)) {
    throw new Error(`${method}() must be called only once for ${node.path}, got a second call: ${advice}`);
  }
}
