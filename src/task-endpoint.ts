import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { CorsOrigins, TaskApi, TaskApiProps } from './private/api/task-api';
import { TaskHttpApi } from './private/api/task-http-api';
import { TaskResourceApi } from './private/api/task-resource-api';
import { TaskRestApi } from './private/api/task-rest-api';

/**
 * Configures `TaskEndpoint.restApi()`.
 */
export interface RestApiEndpointOptions {
  /**
   * From where the API can be reached.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html
   * @default EndpointType.REGIONAL
   */
  readonly endpointType?: apigateway.EndpointType;

  /**
   * The VPC endpoints of API Gateway (`execute-api`) through which a private API can be reached. Requests from anywhere else are denied.
   *
   * Callers use `apiUrl` if an endpoint has private DNS, and `https://<restApiId>-<vpcEndpointId>.execute-api.<region>.amazonaws.com`
   * otherwise.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html
   * @default - the API is not private. Required with `EndpointType.PRIVATE`
   */
  readonly vpcEndpoints?: ec2.IVpcEndpoint[];

  /**
   * Whether callers must also send an API key of a usage plan, in the header `X-Api-Key`. Add the plan to `taskManager.restApi`.
   *
   * An API key identifies a caller to throttle it. It is no authorization.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
   * @default false
   */
  readonly apiKeyRequired?: boolean;

  /**
   * Whether to switch off the URL that API Gateway generates, which is `apiUrl`, so that callers must use your custom domain.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
   * @default false
   */
  readonly disableExecuteApiEndpoint?: boolean;
}

/**
 * Configures `TaskEndpoint.onResource()`.
 */
export interface ResourceEndpointOptions {
  /**
   * The stage of the API that has the routes.
   *
   * @default - the `deploymentStage` of the API. Required if that is not known, because the API is imported or has `deploy: false`
   */
  readonly stageName?: string;

  /**
   * Whether the TaskManager deploys the API to the stage, with the routes. This applies only if the API is imported or of another stack.
   * Within a stack, a `RestApi` deploys itself.
   *
   * Without it, make a new deployment whenever the routes change. It must depend on the TaskManager.
   *
   * @default true
   */
  readonly deploy?: boolean;
}

/**
 * Configures `TaskEndpoint.httpApi()`.
 */
export interface HttpApiEndpointOptions {
  /**
   * Whether to switch off the URL that API Gateway generates, which is `apiUrl`, so that callers must use your custom domain.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html
   * @default false
   */
  readonly disableExecuteApiEndpoint?: boolean;
}

/**
 * Defines where the routes of a `TaskManager` are: in a REST API of its own, below a resource of a REST API of yours, or in an HTTP API.
 *
 * Routes, requests and replies are the same everywhere. The errors of API Gateway itself differ.
 */
export abstract class TaskEndpoint {
  /**
   * Creates a REST API.
   *
   * Throws if a private API has no VPC endpoint, or another API has one.
   *
   * @param options How the API can be reached.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-rest-api.html
   */
  public static restApi(options: RestApiEndpointOptions = {}): TaskEndpoint {
    return new RestApiEndpoint(options);
  }

  /**
   * Adds the routes below a resource of a REST API that you already have, such as `/v1`. They share its stage, domain, web ACL and
   * throttling.
   *
   * The API can be of the same stack, of another stack of the account and region, or imported. If it is not of the same stack, the
   * TaskManager deploys it to its stage, and keeps earlier deployments. `auth` applies to the routes, not the `defaultMethodOptions` of the
   * resource. If the resource has `defaultCorsPreflightOptions`, they apply, and allow the headers of the routes as well. The errors of API
   * Gateway itself are those of your API.
   *
   * Throws if the resource is of another account or region or of a `SpecRestApi`, has a resource `tasks`, or has `{taskId}` in its path.
   * `accessLogs`, `throttlingRateLimit` and `throttlingBurstLimit` can't be set, because they are settings of the stage.
   *
   * @param resource The resource, or the `root` of the API.
   * @param options The stage of the API, and who deploys it.
   */
  public static onResource(resource: apigateway.IResource, options: ResourceEndpointOptions = {}): TaskEndpoint {
    return new ResourceEndpoint(resource, options);
  }

  /**
   * Creates an HTTP API. A request costs less than a third of a request to a REST API.
   *
   * An HTTP API has no web ACL, resource policy, API keys, private endpoints and X-Ray tracing, and its own errors are not problem details.
   * It accepts tokens of any OpenID provider, see `TaskApiAuth.jwt()`.
   *
   * @param options How the API can be reached.
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
   */
  public static httpApi(options: HttpApiEndpointOptions = {}): TaskEndpoint {
    return new HttpApiEndpoint(options);
  }

  /**
   * Returns the origins from which browsers can call the API.
   *
   * @internal
   */
  public _corsOf(corsAllowOrigins: string[] | undefined): CorsOrigins | undefined {
    return corsAllowOrigins && { allowOrigins: corsAllowOrigins };
  }

  /**
   * Defines the routes.
   *
   * @internal
   */
  public abstract _bind(scope: Construct, id: string, props: TaskApiProps): TaskApi;
}

class RestApiEndpoint extends TaskEndpoint {
  constructor(private readonly options: RestApiEndpointOptions) {
    super();
    const { endpointType, vpcEndpoints } = options;
    const isPrivate = endpointType === apigateway.EndpointType.PRIVATE;
    if (isPrivate && !vpcEndpoints?.length) {
      throw new Error('vpcEndpoints must have at least one VPC endpoint with EndpointType.PRIVATE, got none: only they can reach the API');
    }
    if (!isPrivate && vpcEndpoints) {
      throw new Error(`vpcEndpoints must be with EndpointType.PRIVATE, got ${endpointType ?? apigateway.EndpointType.REGIONAL}`);
    }
  }

  /** @internal */
  public _bind(scope: Construct, id: string, props: TaskApiProps): TaskApi {
    return new TaskRestApi(scope, id, { ...props, ...this.options });
  }
}

class ResourceEndpoint extends TaskEndpoint {
  constructor(private readonly resource: apigateway.IResource, private readonly options: ResourceEndpointOptions) {
    super();
  }

  /** @internal */
  public _corsOf(corsAllowOrigins: string[] | undefined): CorsOrigins | undefined {
    const { path, defaultCorsPreflightOptions } = this.resource;
    if (corsAllowOrigins && defaultCorsPreflightOptions) {
      throw new Error(`corsAllowOrigins must not be set, because the resource ${path} has defaultCorsPreflightOptions, which apply`);
    }
    return defaultCorsPreflightOptions ?? super._corsOf(corsAllowOrigins);
  }

  /** @internal */
  public _bind(scope: Construct, id: string, props: TaskApiProps): TaskApi {
    const { accessLogs, throttlingRateLimit, throttlingBurstLimit } = props;
    for (const [name, value] of Object.entries({ accessLogs: accessLogs || undefined, throttlingRateLimit, throttlingBurstLimit })) {
      if (value === undefined) continue;
      throw new Error(`${name} must not be set with TaskEndpoint.onResource(), got ${value}: it is a setting of the stage of your API`);
    }
    return new TaskResourceApi(scope, id, { ...props, ...this.options, deploy: this.options.deploy ?? true, resource: this.resource });
  }
}

class HttpApiEndpoint extends TaskEndpoint {
  constructor(private readonly options: HttpApiEndpointOptions) {
    super();
  }

  /** @internal */
  public _bind(scope: Construct, id: string, props: TaskApiProps): TaskApi {
    return new TaskHttpApi(scope, id, { ...props, ...this.options });
  }
}
