import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';

/** What `TaskApiAuth.bind` asks of the methods of the API. */
export interface TaskApiAuthConfig {
  /** How API Gateway checks who calls. */
  readonly authorizationType: apigateway.AuthorizationType;
}

/**
 * Defines who may call the API of a `TaskManager`.
 */
export abstract class TaskApiAuth {
  /**
   * Lets in whom IAM allows: callers sign their requests with Signature Version 4, and get their rights by
   * `taskManager.grantCreate()` and `taskManager.grantRead()`.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
   */
  public static iam(): TaskApiAuth {
    return new FixedAuth(apigateway.AuthorizationType.IAM);
  }

  /**
   * Lets in everybody who can reach the API. Choose it only for an API that something else protects, or for trying out.
   */
  public static none(): TaskApiAuth {
    return new FixedAuth(apigateway.AuthorizationType.NONE);
  }

  /**
   * Called when the API is made. Returns what its methods shall ask for.
   *
   * @param scope The API.
   */
  public abstract bind(scope: Construct): TaskApiAuthConfig;
}

class FixedAuth extends TaskApiAuth {
  constructor(private readonly authorizationType: apigateway.AuthorizationType) {
    super();
  }

  public bind(_scope: Construct): TaskApiAuthConfig {
    return { authorizationType: this.authorizationType };
  }
}
