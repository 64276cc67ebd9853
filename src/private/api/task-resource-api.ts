import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { addDeploymentInputs, addRoutesToDeployment } from './deployment-inputs';
import { warnAboutOpenPolicy } from './open-policy-warning';
import { warnAboutWritableClaim } from './owner-claim-warning';
import { TaskApi, TaskApiProps } from './task-api';
import { addTaskRoutes, corsOptions } from './task-routes';
import { TaskRestApiAuthConfig } from '../../task-api-auth';
import { basePathOf, executeApiArn, executeApiUrl } from '../execute-api';
import { validateSameEnvironment } from '../validation/same-environment';

export interface TaskResourceApiProps extends TaskApiProps {
  readonly resource: apigateway.IResource;
  readonly stageName?: string;
  readonly deploy: boolean;
}

/** Adds the routes below a resource of a REST API that the app already has. */
export class TaskResourceApi extends Construct implements TaskApi {
  public readonly authConfig: TaskRestApiAuthConfig;
  public readonly apiKeyRequired?: boolean;
  public readonly url: string;
  private readonly stageName: string;
  private readonly routes: apigateway.Resource;

  constructor(scope: Construct, id: string, private readonly props: TaskResourceApiProps) {
    super(scope, id);
    const { handler, auth, cors, resource } = props;
    validate(resource, Stack.of(this));
    this.stageName = stageNameOf(props);
    if (this.isOfThisStack) validateStage(props);
    this.apiKeyRequired = resource.defaultMethodOptions?.apiKeyRequired;
    this.authConfig = auth.bindRestApi(this);
    handler.readOwnerFrom(this.authConfig);
    if (cors) handler.allowOrigins(cors);
    warnAboutWritableClaim(this, this.authConfig.ownerClaim);
    if (resource.api instanceof apigateway.RestApi) warnAboutOpenPolicy(this, resource.api, this.authConfig, resource.path);

    // Methods in another stack would make that stack depend on this one.
    this.routes = addTaskRoutes(this.isOfThisStack ? resource : this.handle(), {
      handler,
      authConfig: this.authConfig,
      defaultMethodOptions: resource.defaultMethodOptions,
      cors: cors && corsOptions({ ...resource.defaultCorsPreflightOptions, ...cors }, this.authConfig, this.apiKeyRequired),
    });
    if (!this.isOfThisStack) this.waitForOthers();
    const deployment = this.isOfThisStack ? resource.api.latestDeployment : this.deployment();
    if (deployment) addDeploymentInputs(deployment, handler, this.authConfig.authorizer);
    this.url = executeApiUrl(this, resource.api.restApiId, `${this.stageName}${basePathOf(resource.path)}/`);
  }

  public methodArn(method: string, path: string): string {
    const { resource: { path: resourcePath } } = this.props;
    return executeApiArn(this, { apiId: this.restApiId, stageName: this.stageName, resourcePath, method, path });
  }

  public serverErrors(props: cloudwatch.MetricOptions): cloudwatch.Metric {
    // The metrics of the API also count requests to other routes, which are not ours.
    return this.props.handler.metricErrors(props);
  }

  private get isOfThisStack(): boolean {
    const { resource } = this.props;
    return resource.api instanceof apigateway.RestApi && [resource.api, resource].every((part) => Stack.of(part) === Stack.of(this));
  }

  /** Returns a handle of the resource in this stack. */
  private handle(): apigateway.IResource {
    const { resource: { api: { restApiId }, resourceId, path } } = this.props;
    const restApi = apigateway.RestApi.fromRestApiId(this, 'RestApi', restApiId) as apigateway.RestApiBase;
    // The function's permissions are for this stage only.
    const stage = apigateway.Stage.fromStageAttributes(this, 'Stage', { restApi, stageName: this.stageName });
    restApi.deploymentStage = stage as apigateway.Stage;
    return apigateway.Resource.fromResourceAttributes(this, 'Resource', { restApi, resourceId, path });
  }

  /**
   * Defines the routes after those that other TaskManagers of this stack and its nested stacks have on the same API, and after their
   * deployments. CloudFormation would define them at the same time, and API Gateway refuses to deploy an API with a method whose
   * integration is not there yet.
   */
  private waitForOthers(): void {
    const stack = outermost(Stack.of(this));
    const latestOfApi = latest.get(stack) ?? new Map<string, TaskResourceApi>();
    const previous = latestOfApi.get(this.restApiId);
    latest.set(stack, latestOfApi.set(this.restApiId, this));
    if (previous) this.routes.node.addDependency(previous);
  }

  private get restApiId(): string {
    return this.props.resource.api.restApiId;
  }

  /**
   * Deploys the API with the routes, to its stage. A deployment is a snapshot of the whole API, so that it does not matter which stack
   * makes the next one. CloudFormation can't delete the one that the stage has, and a rollback can bring back an older one.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
   */
  private deployment(): apigateway.Deployment | undefined {
    if (!this.props.deploy) return undefined;
    const deployment = new apigateway.Deployment(this, 'Deployment', {
      api: this.routes.api, stageName: this.stageName, retainDeployments: true,
    });
    addRoutesToDeployment(deployment, this.routes);
    // A deployment makes the stage if it is not there yet, and its own stack could not make it then.
    const { deploymentStage } = this.props.resource.api;
    if (Construct.isConstruct(deploymentStage)) deployment.node.addDependency(deploymentStage);
    return deployment;
  }
}

/** The TaskManager of a stack that was the last one to define its routes on an API. */
const latest = new WeakMap<Stack, Map<string, TaskResourceApi>>();

/** Returns the stack that a stack is nested in, or itself. */
function outermost(stack: Stack): Stack {
  return stack.nestedStackParent ? outermost(stack.nestedStackParent) : stack;
}

/** The resources that have the routes of a TaskManager. */
const taken = new WeakSet<apigateway.IResource>();

function validate(resource: apigateway.IResource, stack: Stack): void {
  validateSameEnvironment('resource', resource.api.env, 'TaskManager', stack);
  if (resource.api instanceof apigateway.SpecRestApi) {
    throw new Error(`resource must not be of a SpecRestApi, got ${resource.path} of ${resource.api.node.path}: `
      + 'each import of its definition would remove the routes');
  }
  if (resource.path.includes('{taskId}')) {
    throw new Error(`resource must not have a path parameter {taskId}, got ${resource.path} of ${resource.api.node.path}: `
      + 'the routes have one');
  }
  // A resource of another stack does not know the routes that are defined here.
  if (resource.getResource('tasks') || taken.has(resource)) {
    throw new Error(`resource must not have a resource 'tasks' yet, got ${resource.path} of ${resource.api.node.path}`);
  }
  taken.add(resource);
}

function stageNameOf({ resource: { api, path }, stageName, deploy }: TaskResourceApiProps): string {
  const known = stageName ?? api.deploymentStage?.stageName;
  if (known === undefined) {
    throw new Error(`stageName is required for the resource ${path} of ${api.node.path}, because the stage of the API is not known`);
  }
  if (deploy && api instanceof apigateway.RestApi && !api.latestDeployment) {
    throw new Error(`deploy must be false for the resource ${path} of ${api.node.path}, because that API has deploy: false: `
      + 'deploy it where you deploy its other methods');
  }
  return known;
}

/** Throws if the API has its routes in another stage. The function's permissions are for the stage that the API knows. */
function validateStage({ resource: { api, path }, stageName }: TaskResourceApiProps): void {
  const stage = api.deploymentStage?.node.defaultChild as apigateway.CfnStage | undefined;
  if (stageName === undefined || !stage || stageName === api.deploymentStage.stageName || stageName === stage.stageName) return;
  throw new Error(`stageName must be that of the deploymentStage of ${api.node.path} for its resource ${path}, got '${stageName}': `
    + 'remove it');
}
