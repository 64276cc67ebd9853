import { Names } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { accessLogGroup, httpAccessLogFormat } from './access-log';
import { allowedHeaders, PREFLIGHT_MAX_AGE } from './cors';
import { warnAboutWritableClaim } from './owner-claim-warning';
import { TaskApi, TaskApiProps, throttlingOf } from './task-api';
import { EXPOSED_HEADERS } from '../../protocol/wire';
import { TaskHttpApiAuthConfig } from '../../task-api-auth';
import { executeApiArn, executeApiUrl, HTTP_API_STAGE } from '../execute-api';

export interface TaskHttpApiProps extends TaskApiProps {
  readonly disableExecuteApiEndpoint?: boolean;
}

/** Defines an HTTP API of the TaskManager's own, and its routes. */
export class TaskHttpApi extends Construct implements TaskApi {
  public readonly authConfig: TaskHttpApiAuthConfig;
  public readonly httpApi: apigatewayv2.HttpApi;
  public readonly url: string;

  constructor(scope: Construct, id: string, props: TaskHttpApiProps) {
    super(scope, id);
    const { handler, auth, cors } = props;
    this.authConfig = auth.bindHttpApi(this);
    handler.readOwnerFrom(this.authConfig);
    warnAboutWritableClaim(this, this.authConfig.ownerClaim);
    const { GET, POST } = apigatewayv2.CorsHttpMethod;
    this.httpApi = new apigatewayv2.HttpApi(this, 'HttpApi', {
      // https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html#apis-prop-createapiinput-name
      apiName: Names.uniqueResourceName(scope, { separator: '-', maxLength: 128 }),
      disableExecuteApiEndpoint: props.disableExecuteApiEndpoint,
      // API Gateway adds these headers to all replies, its own errors included. The function does not need to.
      corsPreflight: cors && {
        allowOrigins: cors.allowOrigins,
        allowMethods: [GET, POST],
        allowHeaders: allowedHeaders(this.authConfig),
        exposeHeaders: EXPOSED_HEADERS,
        maxAge: PREFLIGHT_MAX_AGE,
      },
    });
    this.url = executeApiUrl(this, this.httpApi.apiId, '');
    this.addRoutes(handler);
    this.configureStage(props);
  }

  public methodArn(method: string, path: string): string {
    return executeApiArn(this, { apiId: this.httpApi.apiId, stageName: HTTP_API_STAGE, method, path });
  }

  public serverErrors(props: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.httpApi.defaultStage!.metricServerError(props);
  }

  private addRoutes(handler: TaskApiProps['handler']): void {
    const { GET, POST } = apigatewayv2.HttpMethod;
    const { authorizer, authorizationScopes } = this.authConfig;
    const integration = new HttpLambdaIntegration('Integration', handler, {
      // The requests and replies of a REST API, so that the function does not need to know which API it is behind:
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
      payloadFormatVersion: apigatewayv2.PayloadFormatVersion.VERSION_1_0,
      // The integration belongs to several routes, and the API has no others.
      scopePermissionToRoute: false,
    });
    for (const [path, methods] of [['/tasks', [POST, GET]], ['/tasks/{taskId}', [GET]], ['/tasks/{taskId}/cancel', [POST]]] as const) {
      this.httpApi.addRoutes({ path, methods: [...methods], integration, authorizer, authorizationScopes });
    }
  }

  private configureStage(props: TaskHttpApiProps): void {
    const stage = this.httpApi.defaultStage!.node.defaultChild as apigatewayv2.CfnStage;
    stage.defaultRouteSettings = throttlingOf(props);
    if (props.accessLogs) {
      const { logGroupArn } = accessLogGroup(this, 'AccessLog', props);
      stage.accessLogSettings = { destinationArn: logGroupArn, format: httpAccessLogFormat() };
    }
  }
}
