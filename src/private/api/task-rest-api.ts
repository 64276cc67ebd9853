import { Names } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { accessLogGroup, restAccessLogFormat } from './access-log';
import { addDeploymentInputs } from './deployment-inputs';
import { addGatewayResponses } from './gateway-responses';
import { warnAboutOpenPolicy } from './open-policy-warning';
import { warnAboutWritableClaim } from './owner-claim-warning';
import { TaskApi, TaskApiProps, throttlingOf } from './task-api';
import { addTaskRoutes, corsOptions } from './task-routes';
import { TaskRestApiAuthConfig } from '../../task-api-auth';

export interface TaskRestApiProps extends TaskApiProps {
  readonly endpointType?: apigateway.EndpointType;
  /** The only way to a private API. */
  readonly vpcEndpoints?: ec2.IVpcEndpoint[];
  readonly apiKeyRequired?: boolean;
  readonly disableExecuteApiEndpoint?: boolean;
}

/** Defines a REST API of the TaskManager's own, and its routes. */
export class TaskRestApi extends apigateway.RestApi implements TaskApi {
  public readonly authConfig: TaskRestApiAuthConfig;
  public readonly restApi = this;
  public readonly apiKeyRequired?: boolean;

  constructor(scope: Construct, id: string, props: TaskRestApiProps) {
    const { handler, auth, cors, endpointType = apigateway.EndpointType.REGIONAL, vpcEndpoints, apiKeyRequired } = props;
    super(scope, id, {
      restApiName: Names.uniqueResourceName(scope, { separator: '-' }),
      endpointConfiguration: { types: [endpointType], vpcEndpoints },
      disableExecuteApiEndpoint: props.disableExecuteApiEndpoint,
      // The role is a setting of the account and region, and not for this construct to change.
      cloudWatchRole: false,
      deployOptions: {
        ...throttlingOf(props),
        ...(props.resourceOptions.tracing === lambda.Tracing.ACTIVE && { tracingEnabled: true }),
        ...(props.accessLogs && {
          accessLogDestination: new apigateway.LogGroupLogDestination(accessLogGroup(scope, `${id}AccessLog`, props)),
          accessLogFormat: apigateway.AccessLogFormat.custom(restAccessLogFormat()),
        }),
      },
    });
    this.authConfig = auth.bindRestApi(this);
    this.apiKeyRequired = apiKeyRequired;
    handler.readOwnerFrom(this.authConfig);
    if (cors) handler.allowOrigins(cors);
    warnAboutWritableClaim(this, this.authConfig.ownerClaim);
    warnAboutOpenPolicy(this, this, this.authConfig);
    if (vpcEndpoints) this.restrictTo(vpcEndpoints, cors !== undefined);
    addTaskRoutes(this.root, {
      handler, apiKeyRequired, authConfig: this.authConfig, cors: cors && corsOptions(cors, this.authConfig, apiKeyRequired),
    });
    addGatewayResponses(this, cors?.allowOrigins ?? []);
    addDeploymentInputs(this.latestDeployment!, handler, this.authConfig.authorizer);
  }

  public methodArn(method: string, path: string): string {
    return this.arnForExecuteApi(method, path, this.deploymentStage.stageName);
  }

  public serverErrors(props: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deploymentStage.metricServerError(props);
  }

  /**
   * Denies all requests that do not come through one of these endpoints. Each request to a private API must be allowed by something: with
   * IAM authorization by the permissions of the caller, with a Lambda authorizer by the policy that it returns. The resource policy must
   * not allow the same, because it would allow what they are silent about, too. Only methods without authorization and those of a user
   * pool need it.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
   */
  private restrictTo(vpcEndpoints: ec2.IVpcEndpoint[], hasPreflights: boolean): void {
    const statement = { principals: [new iam.AnyPrincipal()], actions: ['execute-api:Invoke'] };
    this.addToResourcePolicy(new iam.PolicyStatement({
      ...statement,
      effect: iam.Effect.DENY,
      resources: ['execute-api:/*'],
      conditions: { StringNotEquals: { 'aws:SourceVpce': vpcEndpoints.map(({ vpcEndpointId }) => vpcEndpointId) } },
    }));
    const { IAM, CUSTOM } = apigateway.AuthorizationType;
    const isAllowedElsewhere = [IAM, CUSTOM].includes(this.authConfig.authorizationType);
    if (isAllowedElsewhere && !hasPreflights) return;
    this.addToResourcePolicy(new iam.PolicyStatement({
      ...statement, resources: [isAllowedElsewhere ? 'execute-api:/*/OPTIONS/*' : 'execute-api:/*'],
    }));
  }
}
