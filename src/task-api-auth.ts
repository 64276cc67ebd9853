import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer, HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { validateIssuer } from './private/validation/issuer';
import { validateOwnerHeader } from './private/validation/owner-header';

/**
 * Describes where a request carries its token and the owner of its tasks.
 *
 * Set at most one of `ownerClaim`, `ownerContextKey` and `ownerHeader`. Without them, all callers share their tasks.
 */
export interface TaskApiAuthConfig {
  /**
   * The header in which callers send their token.
   *
   * @default 'Authorization'
   */
  readonly tokenHeader?: string;

  /**
   * The claim of a token that holds the owner. Users must not be able to write this claim, see `CognitoAuthOptions.ownerClaim`.
   *
   * @default - the owner is not in a claim
   */
  readonly ownerClaim?: string;

  /**
   * Whether the owner is the issuer of the token, `#` and the claim, and not only the claim. See `JwtAuthOptions.ownerIncludesIssuer`.
   *
   * @default false
   */
  readonly ownerIncludesIssuer?: boolean;

  /**
   * The key of a Lambda authorizer's context that holds the owner.
   *
   * @default - the owner is not in the context
   */
  readonly ownerContextKey?: string;

  /**
   * The header in which a trusted caller names the owner.
   *
   * @default - the owner is not in a header
   */
  readonly ownerHeader?: string;
}

/**
 * Describes how a REST API authorizes requests.
 */
export interface TaskRestApiAuthConfig extends TaskApiAuthConfig {
  /**
   * The kind of authorization that the methods require.
   */
  readonly authorizationType: apigateway.AuthorizationType;

  /**
   * The authorizer, for the kinds of authorization that need one.
   *
   * @default - no authorizer
   */
  readonly authorizer?: apigateway.IAuthorizer;

  /**
   * The scopes that the API accepts. An access token must have at least one of them.
   *
   * @default - no scopes: callers send ID tokens
   */
  readonly authorizationScopes?: string[];
}

/**
 * Describes how an HTTP API authorizes requests.
 */
export interface TaskHttpApiAuthConfig extends TaskApiAuthConfig {
  /**
   * The kind of authorization that the routes require: `AWS_IAM`, `JWT`, `CUSTOM` or `NONE`, as the authorizer says.
   */
  readonly authorizationType: string;

  /**
   * The authorizer.
   */
  readonly authorizer: apigatewayv2.IHttpRouteAuthorizer;

  /**
   * The scopes that the API accepts. An access token must have at least one of them.
   *
   * @default - no scopes
   */
  readonly authorizationScopes?: string[];
}

/**
 * Configures `TaskApiAuth.iam()`.
 */
export interface IamAuthOptions {
  /**
   * The header in which a caller names the tenant or user that it acts for, for example `X-Task-Owner`.
   *
   * Its value, 1 to 255 visible ASCII characters, is the owner of the caller's tasks. Requests without the header are refused. A caller
   * can name any owner, so grant access only to suppliers that you trust, such as a backend that authenticates its users.
   *
   * @default - all callers share their tasks
   */
  readonly ownerHeader?: string;
}

/**
 * Configures `TaskApiAuth.cognito()`.
 */
export interface CognitoAuthOptions {
  /**
   * The scopes that the API accepts, for example `tasks/write`. An access token must have at least one of them.
   *
   * @default - no scopes: callers send ID tokens
   */
  readonly authorizationScopes?: string[];

  /**
   * The claim of the token that holds the owner of the caller's tasks.
   *
   * Users must not be able to write this claim. By default, an app client of a user pool lets users write all attributes, including
   * custom ones, when they sign up and later. A user who sets the attribute to the value of another user can read and cancel that user's
   * tasks. Making the attribute immutable does not help, because users choose its value when they sign up. An `email` may be unverified.
   * Before you use an attribute here, remove it from the `writeAttributes` of every app client.
   *
   * Synthesis warns (`cdk-task-manager:writableOwnerClaim`) unless Cognito itself sets the claim: `sub`, `username`, `client_id`,
   * `cognito:…` or `dev:…`. Acknowledge the warning if users can't write the claim, or if a Lambda trigger sets it.
   *
   * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
   * @default 'sub'
   */
  readonly ownerClaim?: string;

  /**
   * The authorizer of a REST API that `TaskEndpoint.onResource()` extends, to share it. It must be one for the user pool.
   *
   * @default - a new authorizer
   */
  readonly authorizer?: apigateway.IAuthorizer;

  /**
   * The app clients whose tokens an HTTP API accepts. A REST API accepts those of all app clients of the user pool.
   *
   * @default - the API is a REST API. Required with `TaskEndpoint.httpApi()`
   */
  readonly userPoolClients?: cognito.IUserPoolClient[];
}

/**
 * Configures `TaskApiAuth.jwt()`.
 */
export interface JwtAuthOptions {
  /**
   * The audiences that the API accepts. The claim `aud` of a token, or `client_id` if it has no `aud`, must be one of them.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
   */
  readonly audience: string[];

  /**
   * The scopes that the API accepts, in the claim `scope` or `scp`. A token must have at least one of them.
   *
   * @default - no scopes
   */
  readonly authorizationScopes?: string[];

  /**
   * The claim of the token that holds the owner of the caller's tasks. Users must not be able to choose its value.
   *
   * @default 'sub'
   */
  readonly ownerClaim?: string;

  /**
   * Whether the owner of a task is the issuer of the token, `#` and the claim, and not only the claim.
   *
   * A subject is unique only among those of its issuer. Set this if tokens of several issuers reach the same tasks, because you will change
   * the provider while tasks are kept. If you change it later, callers lose sight of the tasks that they have.
   *
   * @see https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
   * @default false
   */
  readonly ownerIncludesIssuer?: boolean;
}

/**
 * Configures `TaskApiAuth.authorizer()`.
 */
export interface AuthorizerAuthOptions {
  /**
   * The key of the authorizer's output that holds the owner of the caller's tasks: `principalId`, or a key of its `context`.
   *
   * Callers with the same value share their tasks.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
   */
  readonly ownerContextKey: string;

  /**
   * The header that the authorizer reads. CORS allows browsers to send it.
   *
   * @default 'Authorization'
   */
  readonly tokenHeader?: string;
}

/**
 * Defines who can call the API of a `TaskManager`, and who owns a task. Only its owner can see a task.
 */
export abstract class TaskApiAuth {
  /**
   * Authorizes callers with IAM. Use it for suppliers that run on AWS.
   *
   * Callers sign their requests with Signature Version 4. Grant them access with `taskManager.grantCreate()`, `grantRead()` and
   * `grantCancel()`.
   *
   * Throws if `ownerHeader` is not a valid header name, or a header that requests use for something else.
   *
   * @param options Where the owner of a task comes from.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
   */
  public static iam(options: IamAuthOptions = {}): TaskApiAuth {
    const { ownerHeader } = options;
    validateOwnerHeader(ownerHeader);
    return new FixedAuth(apigateway.AuthorizationType.IAM, new HttpIamAuthorizer(), ownerHeader);
  }

  /**
   * Authorizes the users of a Cognito user pool. Use it for browsers and apps that call the API directly.
   *
   * Users send a token in the header `Authorization`, and see their own tasks only. A REST API accepts ID tokens, or access tokens with one
   * of the `authorizationScopes`. An HTTP API accepts both, of the `userPoolClients`, which it requires.
   *
   * @param userPool The user pool.
   * @param options Which tokens are accepted, and where the owner of a task comes from.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
   */
  public static cognito(userPool: cognito.IUserPool, options: CognitoAuthOptions = {}): TaskApiAuth {
    return new CognitoAuth(userPool, options);
  }

  /**
   * Authorizes callers with a Lambda authorizer of a REST API. Use it for identity providers other than Cognito.
   *
   * The policy that the authorizer returns must cover all methods that the caller may use, because API Gateway caches it and applies it to
   * requests for other methods.
   *
   * Throws if the authorizer is a Cognito user pools authorizer. Use `cognito()` instead.
   *
   * @param authorizer The Lambda authorizer.
   * @param options Where the owner of a task comes from.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
   */
  public static authorizer(authorizer: apigateway.IAuthorizer, options: AuthorizerAuthOptions): TaskApiAuth {
    if (authorizer.authorizationType === apigateway.AuthorizationType.COGNITO) {
      throw new Error('authorizer must be a Lambda authorizer, got a Cognito user pools authorizer: use TaskApiAuth.cognito()');
    }
    const { ownerContextKey, tokenHeader } = options;
    return new AuthorizerAuth({ authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer, ownerContextKey, tokenHeader });
  }

  /**
   * Authorizes callers with tokens of an OpenID provider. Only an HTTP API can: use it with `TaskEndpoint.httpApi()`.
   *
   * Callers send a token in the header `Authorization`, and see their own tasks only.
   *
   * Throws if `issuer` is not the URL of a provider, or if there is no `audience`.
   *
   * @param issuer The URL of the provider, as in the claim `iss` of its tokens, for example `https://example.eu.auth0.com/`.
   * @param options Which tokens are accepted, and where the owner of a task comes from.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
   */
  public static jwt(issuer: string, options: JwtAuthOptions): TaskApiAuth {
    return new JwtAuth(issuer, options);
  }

  /**
   * Authorizes callers with a Lambda authorizer of an HTTP API. Use it with `TaskEndpoint.httpApi()`.
   *
   * If the authorizer returns a policy, it must cover all routes that the caller may use, because API Gateway caches it and applies it to
   * requests for other routes.
   *
   * Throws if the authorizer is not a Lambda authorizer.
   *
   * @param authorizer The Lambda authorizer.
   * @param options Where the owner of a task comes from.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
   */
  public static httpAuthorizer(authorizer: apigatewayv2.IHttpRouteAuthorizer, options: AuthorizerAuthOptions): TaskApiAuth {
    return new HttpAuthorizerAuth(authorizer, options);
  }

  /**
   * Allows everyone who can reach the API. Use it only for an API that is protected in another way, or to try things out.
   *
   * All callers share their tasks.
   */
  public static none(): TaskApiAuth {
    return new FixedAuth(apigateway.AuthorizationType.NONE, new apigatewayv2.HttpNoneAuthorizer());
  }

  /**
   * Binds the authorization to a REST API. Called once for each REST API.
   *
   * @param scope The REST API, as the scope of an authorizer that this method creates.
   */
  public abstract bindRestApi(scope: Construct): TaskRestApiAuthConfig;

  /**
   * Binds the authorization to an HTTP API. Called once for each HTTP API.
   *
   * Throws if the authorization does not work with HTTP APIs.
   *
   * @param scope The HTTP API, as the scope of a construct that this method creates.
   */
  public bindHttpApi(scope: Construct): TaskHttpApiAuthConfig {
    throw new Error(`auth of ${scope.node.path} must work with an HTTP API, but this one has no bindHttpApi()`);
  }
}

class FixedAuth extends TaskApiAuth {
  constructor(
    private readonly authorizationType: apigateway.AuthorizationType,
    private readonly httpAuthorizer: apigatewayv2.IHttpRouteAuthorizer,
    private readonly ownerHeader?: string,
  ) {
    super();
  }

  public bindRestApi(_scope: Construct): TaskRestApiAuthConfig {
    const { authorizationType, ownerHeader } = this;
    return { authorizationType, ownerHeader };
  }

  public bindHttpApi(_scope: Construct): TaskHttpApiAuthConfig {
    const { authorizationType, httpAuthorizer: authorizer, ownerHeader } = this;
    return { authorizationType, authorizer, ownerHeader };
  }
}

class AuthorizerAuth extends TaskApiAuth {
  constructor(private readonly config: TaskRestApiAuthConfig) {
    super();
  }

  public bindRestApi(_scope: Construct): TaskRestApiAuthConfig {
    return this.config;
  }

  public bindHttpApi(_scope: Construct): TaskHttpApiAuthConfig {
    throw new Error('auth must not be TaskApiAuth.authorizer() with TaskEndpoint.httpApi(), whose authorizers are other constructs: '
      + 'use TaskApiAuth.httpAuthorizer()');
  }
}

class CognitoAuth extends TaskApiAuth {
  constructor(private readonly userPool: cognito.IUserPool, private readonly options: CognitoAuthOptions) {
    super();
  }

  public bindRestApi(scope: Construct): TaskRestApiAuthConfig {
    if (this.options.userPoolClients) {
      throw new Error('userPoolClients of TaskApiAuth.cognito() must not be set with a REST API, '
        + 'which accepts the tokens of all app clients: use authorizationScopes to tell them apart');
    }
    return {
      authorizationType: apigateway.AuthorizationType.COGNITO,
      authorizer: this.options.authorizer
        ?? new apigateway.CognitoUserPoolsAuthorizer(scope, 'Authorizer', { cognitoUserPools: [this.userPool] }),
      ...this.common,
    };
  }

  public bindHttpApi(_scope: Construct): TaskHttpApiAuthConfig {
    const { userPoolClients, authorizer: ofRestApi } = this.options;
    if (ofRestApi) {
      throw new Error('authorizer of TaskApiAuth.cognito() must not be set with TaskEndpoint.httpApi(): it is one of a REST API');
    }
    if (!userPoolClients?.length) {
      throw new Error('userPoolClients of TaskApiAuth.cognito() must have at least one app client with TaskEndpoint.httpApi(), got none');
    }
    const { region: userPoolRegion } = this.userPool.env;
    const authorizer = new HttpUserPoolAuthorizer('Authorizer', this.userPool, { userPoolClients, userPoolRegion });
    return { authorizationType: JWT, authorizer, ...this.common };
  }

  private get common() {
    return { authorizationScopes: this.options.authorizationScopes, ownerClaim: this.options.ownerClaim ?? 'sub' };
  }
}

class JwtAuth extends TaskApiAuth {
  constructor(private readonly issuer: string, private readonly options: JwtAuthOptions) {
    super();
    validateIssuer(issuer, options.audience);
  }

  public bindRestApi(_scope: Construct): TaskRestApiAuthConfig {
    throw new Error('auth must not be TaskApiAuth.jwt() with a REST API, which has no JWT authorizers: '
      + 'use TaskEndpoint.httpApi(), or TaskApiAuth.cognito() or authorizer()');
  }

  public bindHttpApi(_scope: Construct): TaskHttpApiAuthConfig {
    const { audience, authorizationScopes, ownerClaim = 'sub', ownerIncludesIssuer } = this.options;
    const authorizer = new HttpJwtAuthorizer('Authorizer', this.issuer, { jwtAudience: audience });
    return { authorizationType: JWT, authorizer, authorizationScopes, ownerClaim, ownerIncludesIssuer };
  }
}

class HttpAuthorizerAuth extends TaskApiAuth {
  constructor(private readonly authorizer: apigatewayv2.IHttpRouteAuthorizer, private readonly options: AuthorizerAuthOptions) {
    super();
    const { authorizationType = CUSTOM } = authorizer as { authorizationType?: string };
    if (authorizationType !== CUSTOM) throw new Error(`authorizer must be a Lambda authorizer, got one of type ${authorizationType}`);
  }

  public bindRestApi(_scope: Construct): TaskRestApiAuthConfig {
    throw new Error('auth must not be TaskApiAuth.httpAuthorizer() with a REST API, whose authorizers are other constructs: '
      + 'use TaskApiAuth.authorizer()');
  }

  public bindHttpApi(_scope: Construct): TaskHttpApiAuthConfig {
    const { authorizer, options: { ownerContextKey, tokenHeader } } = this;
    return { authorizationType: CUSTOM, authorizer, ownerContextKey, tokenHeader };
  }
}

/** Kinds of authorization of HTTP APIs. */
const JWT = 'JWT';
const CUSTOM = 'CUSTOM';
