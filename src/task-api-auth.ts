import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { validateOwnerHeader } from './private/validation/owner-header';

/**
 * Describes where callers send their token, and where the owner of a task comes from. Without any `owner…`, all callers share their tasks.
 *
 * Every kind of API needs this.
 */
export interface TaskApiAuthConfig {
  /**
   * The header in which callers send their token.
   *
   * @default 'Authorization'
   */
  readonly tokenHeader?: string;

  /**
   * The claim of a Cognito token that holds the owner. Users must not be able to write it: see `CognitoAuthOptions.ownerClaim`.
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
   * The scopes of which an access token must have at least one.
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
   * The header in which a caller names the tenant or user that it acts for, for example `X-Task-Owner`: 1 to 255 visible ASCII
   * characters. Tasks are kept apart by it, and requests without it are refused. Every caller with rights can name anybody: give
   * them to trusted suppliers alone, as a backend-for-frontend that knows its users.
   *
   * @default - all callers share one space of tasks
   */
  readonly ownerHeader?: string;
}

/**
 * Configures `TaskApiAuth.cognito()`.
 */
export interface CognitoAuthOptions {
  /**
   * The scopes of which an access token must have one, for example `tasks/write`.
   *
   * @default - none: callers send ID tokens
   */
  readonly authorizationScopes?: string[];

  /**
   * The claim of the token that is the owner of the caller's tasks.
   *
   * It must be one that users can't write. By default, an app client of a user pool lets users write all attributes, the custom ones
   * included: they choose them when they sign up, and change them later. A user who writes the value of somebody else reads and cancels
   * the tasks of that user. That an attribute is not `mutable` does not help, since users choose it when they sign up. `email` may not be
   * verified. Take an attribute out of the `writeAttributes` of every app client before you use it here.
   *
   * Synthesis warns (`cdk-task-manager:writableOwnerClaim`) if the claim is not one that Cognito itself sets: `sub`, `username`,
   * `client_id`, `cognito:…` or `dev:…`. Acknowledge the warning if users can't write the claim, or if a trigger of yours sets it.
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
   * The key of what the authorizer returns that is the owner of the caller's tasks: `principalId`, or one of its `context`. It must
   * tell the callers apart: all whose value is the same share their tasks.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
   */
  readonly ownerContextKey: string;

  /**
   * The header that the authorizer reads, which browsers of other origins are allowed to send then.
   *
   * @default 'Authorization'
   */
  readonly tokenHeader?: string;
}

/**
 * Defines who may call the API of a `TaskManager`, and to whom a task belongs. A task is found by its owner only.
 */
export abstract class TaskApiAuth {
  /**
   * Lets in whom IAM allows: callers sign their requests with Signature Version 4, and get their rights by
   * `taskManager.grantCreate()`, `grantRead()` and `grantCancel()`. Made for suppliers that run on AWS.
   *
   * Throws when `ownerHeader` can't be the name of a header.
   *
   * @param options Where the owner of a task is named.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
   */
  public static iam(options: IamAuthOptions = {}): TaskApiAuth {
    const { ownerHeader } = options;
    validateOwnerHeader(ownerHeader);
    return new FixedAuth({ authorizationType: apigateway.AuthorizationType.IAM, ownerHeader });
  }

  /**
   * Lets in the users of a Cognito user pool, who send a token in the header `Authorization`. Each sees their own tasks only. Made for
   * browsers and apps that call the API themselves.
   *
   * @param userPool The user pool.
   * @param options Which tokens, and what in them is the owner of a task.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
   */
  public static cognito(userPool: cognito.IUserPool, options: CognitoAuthOptions = {}): TaskApiAuth {
    return new CognitoAuth(userPool, options);
  }

  /**
   * Lets in whom a Lambda authorizer does. Made for identity providers other than Cognito. The policy that it returns must cover all
   * methods that the caller may use: API Gateway keeps it for the next request, which may be for another one.
   *
   * Throws when the authorizer is one of a user pool, which `cognito()` is for.
   *
   * @param authorizer The authorizer.
   * @param options What of the authorizer's answer is the owner of a task.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
   */
  public static authorizer(authorizer: apigateway.IAuthorizer, options: AuthorizerAuthOptions): TaskApiAuth {
    if (authorizer.authorizationType === apigateway.AuthorizationType.COGNITO) {
      throw new Error('authorizer must be a Lambda authorizer, got one of a user pool: use TaskApiAuth.cognito()');
    }
    const { ownerContextKey, tokenHeader } = options;
    return new FixedAuth({ authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer, ownerContextKey, tokenHeader });
  }

  /**
   * Lets in everybody who can reach the API. Choose it only for an API that something else protects, or for trying out.
   */
  public static none(): TaskApiAuth {
    return new FixedAuth({ authorizationType: apigateway.AuthorizationType.NONE });
  }

  /**
   * Binds the authorization to a REST API. Called once for each API.
   *
   * @param scope The REST API.
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
