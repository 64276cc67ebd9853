/** Deployed TaskManagers that get a prop for companies, or another endpoint: CloudFormation keeps their resources, and changes them. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { StateMachineTaskProcessor, TaskEndpoint, TaskManager, TaskManagerProps, TaskProcessor, TaskResults } from '../src';
import { aFunction } from './support/constructs';
import { aStateMachine } from './support/wrapper';

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

function resourcesWith(props: (stack: Stack) => TaskManagerProps): Resources {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks', { resultBucket: TaskResults.bucket(), ...props(stack) });
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  new TaskProcessor(stack, 'Report', { taskManager, taskType: 'report', handler: aFunction(stack, 'Queued'), maxConcurrency: 2 });
  new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) });
  return Template.fromStack(stack).toJSON().Resources;
}

const CHANGES: Record<string, (stack: Stack) => TaskManagerProps> = {
  'encryptionKey': (stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }),
  'vpc': (stack) => ({ vpc: new ec2.Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false }) }),
  'tracing': () => ({ tracing: lambda.Tracing.ACTIVE }),
  'reservedConcurrency': () => ({ reservedConcurrency: { api: 50, statusPublisher: 10, statusUpdater: 20, sweeper: 10 } }),
  'deletionProtection': () => ({ deletionProtection: true }),
  'an edge-optimized API': () => ({ endpoint: TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.EDGE }) }),
  'a private API': (stack) => ({
    endpoint: TaskEndpoint.restApi({
      endpointType: apigateway.EndpointType.PRIVATE,
      vpcEndpoints: [ec2.InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(stack, 'Endpoint', { vpcEndpointId: 'vpce-1', port: 443 })],
    }),
  }),
  'an HTTP API': () => ({ endpoint: TaskEndpoint.httpApi() }),
};

/** What CloudFormation can change without a replacement, according to AWS's resource schemas. */
const IN_PLACE: Record<string, string[]> = {
  'AWS::ApiGateway::RestApi': ['EndpointConfiguration', 'Policy'],
  'AWS::ApiGateway::Stage': ['DeploymentId', 'TracingEnabled'],
  'AWS::DynamoDB::GlobalTable': ['Replicas', 'SSESpecification'],
  'AWS::Events::EventBus': ['DeadLetterConfig', 'KmsKeyIdentifier'],
  'AWS::IAM::Policy': ['PolicyDocument'],
  'AWS::Lambda::EventSourceMapping': ['ScalingConfig'],
  'AWS::Lambda::Function': ['Environment', 'ReservedConcurrentExecutions', 'TracingConfig', 'VpcConfig'],
  'AWS::Logs::LogGroup': ['KmsKeyId'],
  'AWS::S3::Bucket': ['BucketEncryption'],
  'AWS::SQS::Queue': ['KmsMasterKeyId'],
  'AWS::SQS::QueuePolicy': ['PolicyDocument'],
  'AWS::StepFunctions::StateMachine': ['EncryptionConfiguration', 'TracingConfiguration'],
};

function changedProperties(before: Resources[string], after: Resources[string]): string[] {
  const [old, changed] = [before, after].map(({ Properties = {} }) => Properties);
  return Object.keys({ ...old, ...changed }).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(changed[name]));
}

test.each(Object.keys(CHANGES))('%s replaces no resource but those of an API of another kind', (name) => {
  const before = resourcesWith(() => ({}));
  const after = resourcesWith(CHANGES[name]);
  const isOfApi = (id: string) => id.startsWith('TasksApi') && !id.startsWith('TasksApiHandler');
  // A deployment of an API never changes: there is a new one.
  const kept = Object.keys(before).filter((id) => name === 'an HTTP API' ? !isOfApi(id) : before[id].Type !== 'AWS::ApiGateway::Deployment');
  for (const id of kept) {
    expect({ id, Type: after[id]?.Type }).toEqual({ id, Type: before[id].Type });
    const inPlace = IN_PLACE[before[id].Type] ?? [];
    const replacing = changedProperties(before[id], after[id]).filter((property) => !inPlace.includes(property));
    expect({ id, replacing }).toEqual({ id, replacing: [] });
  }
});
