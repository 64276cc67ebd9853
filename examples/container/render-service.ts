import * as path from 'node:path';
import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ContainerTaskProcessor, TaskEndpoint, TaskLiveUpdates, TaskManager, TaskResults } from 'cdk-task-manager';
import { Construct } from 'constructs';

/** Configures a `RenderService`. */
export interface RenderServiceProps extends StackProps {
  /** Where the API is: by default, in a REST API. */
  readonly endpoint?: TaskEndpoint;
}

/** Renders images in containers: `POST /tasks` starts one, `GET /tasks/{taskId}` returns its progress and a link to the image. */
export class RenderService extends Stack {
  constructor(scope: Construct, id: string, props: RenderServiceProps = {}) {
    super(scope, id, props);

    // Public subnets only: the containers need the internet to reach AWS, and a NAT gateway would cost more than they do.
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2, natGateways: 0, subnetConfiguration: [{ name: 'Public', subnetType: ec2.SubnetType.PUBLIC }],
    });
    const cluster = new ecs.Cluster(this, 'Cluster', { vpc, enableFargateCapacityProviders: true });

    const taskDefinition = new ecs.FargateTaskDefinition(this, 'Renderer', { cpu: 1024, memoryLimitMiB: 2048 });
    taskDefinition.addContainer('Main', {
      image: ecs.ContainerImage.fromAsset(path.join(__dirname, 'renderer'), { platform: Platform.LINUX_AMD64 }),
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'renderer', logRetention: logs.RetentionDays.ONE_WEEK }),
    });

    const tasks = new TaskManager(this, 'Tasks', {
      endpoint: props.endpoint,
      resultBucket: TaskResults.bucket(),
      taskTimeout: Duration.hours(6),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new ContainerTaskProcessor(this, 'Render', {
      taskManager: tasks,
      taskType: 'render',
      cluster,
      taskDefinition,
      assignPublicIp: true,
      // Spot capacity costs less. If AWS takes it back, the container starts again.
      capacityProviderStrategies: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    });
    const live = new TaskLiveUpdates(this, 'Live', { taskManager: tasks });
    tasks.createOutputs({ liveUpdates: live });

    new CfnOutput(this, 'ApiUrl', { value: tasks.apiUrl });
    new CfnOutput(this, 'LiveUrl', { value: live.url });
  }
}
