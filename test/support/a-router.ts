import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NOW } from './builders';
import { Router, RouterOptions } from '../../src/runtime/http/router';
import { TaskStore } from '../../src/runtime/task/task-store';

/** Returns a router without owners, at a fixed time. */
export function aRouter(options: Partial<RouterOptions> = {}): Router {
  return new Router({
    store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800),
    taskTimeoutSeconds: 3600,
    maxRequestBytes: 65_536,
    maxWaitSeconds: 0,
    ownerOf: () => undefined,
    now: () => NOW,
    sleep: () => Promise.reject(new Error('unexpected sleep')),
    ...options,
  });
}
