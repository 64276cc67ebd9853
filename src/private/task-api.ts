import { Names } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { TaskApiAuth } from '../task-api-auth';

export interface TaskApiProps {
  readonly handler: lambda.IFunction;
  readonly auth: TaskApiAuth;
}

/** The REST API: its routes, all answered by one function. */
export class TaskApi extends apigateway.RestApi {
  constructor(scope: Construct, id: string, props: TaskApiProps) {
    super(scope, id, {
      restApiName: Names.uniqueResourceName(scope, { separator: '-' }),
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // The role is a setting of the whole account and region, which is not ours to change.
      cloudWatchRole: false,
      deployOptions: { throttlingRateLimit: 100, throttlingBurstLimit: 200 },
      defaultIntegration: new apigateway.LambdaIntegration(props.handler, { allowTestInvoke: false }),
    });
    const methodOptions = props.auth.bind(this);
    const tasks = this.root.addResource('tasks');
    tasks.addMethod('POST', undefined, methodOptions);
    tasks.addResource('{taskId}').addMethod('GET', undefined, methodOptions);
  }
}
