import { Duration, Fn } from 'aws-cdk-lib';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Construct } from 'constructs';
import { ENVIRONMENT, formatOwnerPlace } from '../../protocol/environment';
import { JwtAuthOptions } from '../../task-api-auth';
import { TaskLiveAuthConfig } from '../../task-live-auth';
import { ITaskManager } from '../../task-manager-interface';
import { warnAboutWritableClaim } from '../api/owner-claim-warning';
import { RuntimeFunction } from '../runtime-function';

export interface LiveAuthorizerProps extends JwtAuthOptions {
  readonly taskManager: ITaskManager;
  readonly issuer: string;
}

/** Verifies the tokens of those who connect to a WebSocket API, which has no JWT authorizers. */
export class LiveAuthorizer extends RuntimeFunction {
  public readonly config: TaskLiveAuthConfig;

  constructor(scope: Construct, id: string, props: LiveAuthorizerProps) {
    const { taskManager: { logRetention, resourceOptions }, issuer, audience, authorizationScopes = [], ownerIncludesIssuer } = props;
    const ownerClaim = props.ownerClaim ?? 'sub';
    super(scope, id, {
      entry: 'live-authorizer',
      description: 'Verifies the tokens of connections for live updates',
      // Getting the keys of a provider takes at most 8 seconds.
      timeout: Duration.seconds(10),
      logRetention,
      resourceOptions,
      environment: {
        [ENVIRONMENT.TOKEN_ISSUER]: issuer,
        [ENVIRONMENT.TOKEN_AUDIENCE]: Fn.join(' ', audience),
        ...(authorizationScopes.length > 0 && { [ENVIRONMENT.TOKEN_SCOPES]: Fn.join(' ', authorizationScopes) }),
        [ENVIRONMENT.OWNER]: formatOwnerPlace(ownerIncludesIssuer ? 'issuer-and-claim' : 'claim', ownerClaim),
      },
    });
    warnAboutWritableClaim(this, ownerClaim);
    this.config = {
      // Without identity sources. API Gateway answers 401 without asking the function if one of them is missing, and a token can be in
      // either of two.
      authorizer: new WebSocketLambdaAuthorizer(id, this, { identitySource: [] }),
      ownerContextKey: 'owner',
      expiryContextKey: 'expiresAt',
    };
  }
}
