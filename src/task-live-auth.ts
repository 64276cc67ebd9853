import { Stack, Token } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { LiveAuthorizer } from './private/live/live-authorizer';
import { validateIssuer } from './private/validation/issuer';
import { validateOwnerParameter } from './private/validation/owner-parameter';
import { JwtAuthOptions } from './task-api-auth';
import { ITaskManager } from './task-manager-interface';

/**
 * Describes how a WebSocket API authorizes connections, and where a request to connect has the owner of the tasks.
 *
 * Set at most one of `ownerContextKey` and `ownerParameter`. Without them, all callers share their tasks.
 */
export interface TaskLiveAuthConfig {
  /**
   * The authorizer of the route `$connect`.
   */
  readonly authorizer: apigatewayv2.IWebSocketRouteAuthorizer;

  /**
   * The key of the authorizer's context that holds the owner.
   *
   * @default - the owner is not in the context
   */
  readonly ownerContextKey?: string;

  /**
   * The query parameter in which a trusted caller names the owner.
   *
   * @default - the owner is not in a query parameter
   */
  readonly ownerParameter?: string;

  /**
   * The key of the authorizer's context that holds the time when the connection ends, in seconds since the epoch.
   *
   * @default - connections end after two hours, as API Gateway ends them
   */
  readonly expiryContextKey?: string;
}

/**
 * Configures `TaskLiveAuth.iam()`.
 */
export interface LiveIamAuthOptions {
  /**
   * The query parameter in which a caller names the tenant or user that it acts for, for example `owner`.
   *
   * Its value, 1 to 255 visible ASCII characters, is the owner of the tasks. Requests without it are refused. The signature covers it, so
   * a trusted backend can sign a URL with the owner and give the URL to a browser. A caller that signs can name any owner, so grant access
   * only to backends that you trust.
   *
   * @default - all callers share their tasks
   */
  readonly ownerParameter?: string;
}

/**
 * Configures `TaskLiveAuth.cognito()`.
 */
export interface LiveCognitoAuthOptions {
  /**
   * The app clients whose tokens are accepted, at least one.
   */
  readonly userPoolClients: cognito.IUserPoolClient[];

  /**
   * The scopes that are accepted, for example `tasks/write`. A token must have at least one of them.
   *
   * @default - no scopes: callers send ID tokens or access tokens
   */
  readonly authorizationScopes?: string[];

  /**
   * The claim of the token that holds the owner of the caller's tasks. It must be the one of the TaskManager's `TaskApiAuth.cognito()`.
   *
   * Users must not be able to write this claim, see `CognitoAuthOptions.ownerClaim`. Synthesis warns
   * (`cdk-task-manager:writableOwnerClaim`) unless Cognito itself sets it.
   *
   * @default 'sub'
   */
  readonly ownerClaim?: string;
}

/**
 * Configures `TaskLiveAuth.authorizer()`.
 */
export interface LiveAuthorizerAuthOptions {
  /**
   * The key of the authorizer's context that holds the owner of the caller's tasks, or `principalId`.
   *
   * It must hold the same owners as those of the TaskManager's `TaskApiAuth`. Callers with the same value share their tasks.
   */
  readonly ownerContextKey: string;

  /**
   * The key of the authorizer's context that holds the time when the connection ends, in seconds since the epoch. A request without a time
   * in the future there is refused.
   *
   * @default - connections end after two hours, as API Gateway ends them
   */
  readonly expiryContextKey?: string;
}

/**
 * Defines who can connect to the WebSocket API of a `TaskLiveUpdates`, and whose tasks a connection can watch.
 *
 * The owners must be those of the TaskManager's `TaskApiAuth`. API Gateway asks once, when a client connects.
 */
export abstract class TaskLiveAuth {
  /**
   * Authorizes callers with IAM.
   *
   * Callers sign the request to connect with Signature Version 4, in its headers or in its URL. Grant them access with
   * `liveUpdates.grantConnect()`.
   *
   * Throws if `ownerParameter` is not a valid parameter name, or one that signatures use.
   *
   * @param options Where the owner of the tasks comes from.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
   */
  public static iam(options: LiveIamAuthOptions = {}): TaskLiveAuth {
    const { ownerParameter } = options;
    validateOwnerParameter(ownerParameter);
    return new FixedAuth({ authorizer: new WebSocketIamAuthorizer(), ownerParameter });
  }

  /**
   * Authorizes callers with tokens of an OpenID provider, by the rules of `TaskApiAuth.jwt()`. Use it with the same options.
   *
   * WebSocket APIs have no JWT authorizers, so a Lambda function verifies the tokens. It reads the keys of the provider over the internet.
   * A token is in the list of subprotocols, or in the query parameter `token`. The connection ends with its token.
   *
   * Throws if `issuer` is not the URL of a provider, if there is no `audience`, or if an audience or scope contains white space.
   *
   * @param issuer The URL of the provider, as in the claim `iss` of its tokens, for example `https://example.eu.auth0.com/`.
   * @param options Which tokens are accepted, and where the owner of a task comes from.
   * @see https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs/live-updates.md#who-may-connect
   */
  public static jwt(issuer: string, options: JwtAuthOptions): TaskLiveAuth {
    return new TokenAuth(issuer, options);
  }

  /**
   * Authorizes the users of a Cognito user pool, by the rules of `TaskApiAuth.cognito()`. Use it with the same claim and scopes.
   *
   * A Lambda function verifies the tokens, as with `jwt()`.
   *
   * Throws if there is no app client, or if a scope contains white space.
   *
   * @param userPool The user pool.
   * @param options Which tokens are accepted, and where the owner of a task comes from.
   * @see https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs/live-updates.md#who-may-connect
   */
  public static cognito(userPool: cognito.IUserPool, options: LiveCognitoAuthOptions): TaskLiveAuth {
    const { userPoolClients, ...rest } = options;
    if (userPoolClients.length === 0) {
      throw new Error('userPoolClients of TaskLiveAuth.cognito() must have at least one app client, got none');
    }
    const { env: { region }, userPoolId } = userPool;
    const issuer = `https://cognito-idp.${region}.${Stack.of(userPool).urlSuffix}/${userPoolId}`;
    return new TokenAuth(issuer, { audience: userPoolClients.map(({ userPoolClientId }) => userPoolClientId), ...rest });
  }

  /**
   * Authorizes callers with a Lambda authorizer of the app.
   *
   * Throws if the authorizer is not a Lambda authorizer, or if a key is empty.
   *
   * @param authorizer The Lambda authorizer.
   * @param options Where the owner of a task comes from, and when a connection ends.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
   */
  public static authorizer(authorizer: apigatewayv2.IWebSocketRouteAuthorizer, options: LiveAuthorizerAuthOptions): TaskLiveAuth {
    const other = [WebSocketIamAuthorizer, apigatewayv2.WebSocketNoneAuthorizer].find((type) => authorizer instanceof type);
    if (other) throw new Error(`authorizer must be a Lambda authorizer, got a ${other.name}: use TaskLiveAuth.iam() or none()`);
    const { ownerContextKey, expiryContextKey } = options;
    for (const [name, key] of Object.entries({ ownerContextKey, expiryContextKey })) {
      if (key === '') throw new Error(`${name} must not be empty`);
    }
    return new FixedAuth({ authorizer, ownerContextKey, expiryContextKey });
  }

  /**
   * Allows everyone who can reach the API. Use it only to try things out.
   *
   * All callers share their tasks.
   */
  public static none(): TaskLiveAuth {
    return new FixedAuth({ authorizer: new apigatewayv2.WebSocketNoneAuthorizer() });
  }

  /**
   * Binds the authorization to a WebSocket API. Called once for each WebSocket API.
   *
   * @param scope The `TaskLiveUpdates`, as the scope of a construct that this method creates.
   * @param taskManager The TaskManager whose tasks are watched.
   */
  public abstract bind(scope: Construct, taskManager: ITaskManager): TaskLiveAuthConfig;
}

class FixedAuth extends TaskLiveAuth {
  constructor(private readonly config: TaskLiveAuthConfig) {
    super();
  }

  public bind(_scope: Construct, _taskManager: ITaskManager): TaskLiveAuthConfig {
    return this.config;
  }
}

class TokenAuth extends TaskLiveAuth {
  constructor(private readonly issuer: string, private readonly options: JwtAuthOptions) {
    super();
    const { audience, authorizationScopes, ownerClaim } = options;
    validateIssuer(issuer, audience);
    validateWords('audience', audience);
    validateWords('authorizationScopes', authorizationScopes);
    if (ownerClaim === '') throw new Error('ownerClaim must not be empty');
  }

  public bind(scope: Construct, taskManager: ITaskManager): TaskLiveAuthConfig {
    return new LiveAuthorizer(scope, 'Authorizer', { taskManager, issuer: this.issuer, ...this.options }).config;
  }
}

/** Throws if a value contains white space, which separates the values in an environment variable. Tokens of CDK pass. */
function validateWords(prop: string, values: string[] = []): void {
  for (const value of values) {
    if (!Token.isUnresolved(value) && !/^\S+$/.test(value)) throw new Error(`${prop} must have values without white space, got '${value}'`);
  }
}
