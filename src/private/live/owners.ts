import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { TaskApiAuthConfig } from '../../task-api-auth';
import { TaskLiveAuth, TaskLiveAuthConfig } from '../../task-live-auth';

type ApiAuthConfig = TaskApiAuthConfig & { readonly authorizationType: string };

/** Returns the authorization of connections if it follows from that of the HTTP API. Throws otherwise. */
export function defaultAuth(config: ApiAuthConfig): TaskLiveAuth {
  if (config.authorizationType === apigateway.AuthorizationType.IAM && !hasOwners(config)) return TaskLiveAuth.iam();
  throw new Error('auth must be set unless the TaskManager has TaskApiAuth.iam() without ownerHeader, because it does not follow from the '
    + 'authorization of its API: use TaskLiveAuth.iam({ ownerParameter }), cognito(), jwt(), authorizer() or none()');
}

/** Throws unless connections have owners if, and only if, tasks have owners. Otherwise, nobody could watch any task. */
export function validateOwners(live: TaskLiveAuthConfig, config: ApiAuthConfig): void {
  const connectionsHaveOwners = (live.ownerContextKey ?? live.ownerParameter) !== undefined;
  if (connectionsHaveOwners === hasOwners(config)) return;
  throw new Error(connectionsHaveOwners
    ? 'auth must not give connections an owner, because the tasks of the TaskManager have none: use TaskLiveAuth.iam() or none()'
    : 'auth must give connections the owner of their tasks, because the tasks of the TaskManager have owners: use '
      + 'TaskLiveAuth.iam({ ownerParameter }), cognito(), jwt() or authorizer()');
}

function hasOwners({ ownerClaim, ownerContextKey, ownerHeader }: ApiAuthConfig): boolean {
  return (ownerClaim ?? ownerContextKey ?? ownerHeader) !== undefined;
}
