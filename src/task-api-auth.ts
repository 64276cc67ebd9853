import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
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
   * The claim of a Cognito token that holds the owner. Users must not be able to write this claim, see `CognitoAuthOptions.ownerClaim`.
   *
   * @default - the owner is not in a claim
   */
  readonly ownerClaim?: string;

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
    return new FixedAuth({ authorizationType: apigateway.AuthorizationType.IAM, ownerHeader });
  }

  /**
   * Authorizes the users of a Cognito user pool. Use it for browsers and apps that call the API directly.
   *
   * Users send a token in the header `Authorization`, and see their own tasks only.
   *
   * @param userPool The user pool.
   * @param options Which tokens are accepted, and where the owner of a task comes from.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
   */
  public static cognito(userPool: cognito.IUserPool, options: CognitoAuthOptions = {}): TaskApiAuth {
    return new CognitoAuth(userPool, options);
  }

  /**
   * Authorizes callers with a Lambda authorizer. Use it for identity providers other than Cognito.
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
    return new FixedAuth({ authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer, ownerContextKey, tokenHeader });
  }

  /**
   * Allows everyone who can reach the API. Use it only for an API that is protected in another way, or to try things out.
   *
   * All callers share their tasks.
   */
  public static none(): TaskApiAuth {
    return new FixedAuth({ authorizationType: apigateway.AuthorizationType.NONE });
  }

  /**
   * Binds the authorization to a REST API. Called once for each REST API.
   *
   * @param scope The REST API, as the scope of an authorizer that this method creates.
   */
  public abstract bindRestApi(scope: Construct): TaskRestApiAuthConfig;
}

class FixedAuth extends TaskApiAuth {
  constructor(private readonly config: TaskRestApiAuthConfig) {
    super();
  }

  public bindRestApi(_scope: Construct): TaskRestApiAuthConfig {
    return this.config;
  }
}

class CognitoAuth extends TaskApiAuth {
  constructor(private readonly userPool: cognito.IUserPool, private readonly options: CognitoAuthOptions) {
    super();
  }

  public bindRestApi(scope: Construct): TaskRestApiAuthConfig {
    return {
      authorizationType: apigateway.AuthorizationType.COGNITO,
      authorizer: new apigateway.CognitoUserPoolsAuthorizer(scope, 'Authorizer', { cognitoUserPools: [this.userPool] }),
      authorizationScopes: this.options.authorizationScopes,
      ownerClaim: this.options.ownerClaim ?? 'sub',
    };
  }
}
