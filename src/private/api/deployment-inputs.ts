import {
  CfnResource, DefaultTokenResolver, IPostProcessor, IResolvable, IResolveContext, Lazy, Reference, Tokenization,
} from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';

/**
 * Makes a new deployment of the API when its authorizer changes, or when a function that it calls gets another ARN. A deployment is a
 * snapshot: without a new one, the API keeps asking the old authorizer and calling the old function.
 *
 * CDK looks at the props of an authorizer only if the app sets `@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId`, and never at
 * what aspects and overrides change.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html
 */
export function addDeploymentInputs(
  deployment: apigateway.Deployment, handler: lambda.Function, authorizer?: apigateway.IAuthorizer,
): void {
  const authorizers = Construct.isConstruct(authorizer) ? authorizer.node.findAll().filter(isAuthorizer) : [];
  authorizers.forEach((resource) => deployment.node.addDependency(resource));
  deployment.addToLogicalId(Lazy.any({
    produce: () => {
      const inputs = [...authorizers.map(propertiesOf), ...identitiesOf([handler.node.defaultChild!])];
      // Even an empty list would change the id, and so deploy APIs again that have no authorizer.
      return inputs.length > 0 ? inputs : undefined;
    },
  }));
}

/** Makes a new deployment of an API when its routes change that are defined in another stack, and makes it after these changes. */
export function addRoutesToDeployment(deployment: apigateway.Deployment, routes: IConstruct): void {
  for (const resource of routes.node.findAll().filter(isRoute)) {
    deployment.node.addDependency(resource);
    deployment.addToLogicalId(Lazy.any({ produce: () => propertiesOf(resource) }));
  }
}

function isRoute(construct: IConstruct): construct is CfnResource {
  return construct instanceof apigateway.CfnResource || construct instanceof apigateway.CfnMethod;
}

function isAuthorizer(construct: IConstruct): construct is apigateway.CfnAuthorizer {
  return construct instanceof apigateway.CfnAuthorizer;
}

/** Returns the properties of a resource, overrides included, and what identifies the resources that they refer to. */
function propertiesOf(resource: CfnResource): unknown {
  const { resolved, targets } = resolve(resource._toCloudFormation(), resource);
  return [Object.values<any>(resolved.Resources).map(({ Properties }) => Properties), ...identitiesOf(targets)];
}

/**
 * Attributes whose change replaces a function, a version, an alias or a role, according to AWS's resource schemas. The logical id, by
 * which others refer to it, stays the same.
 */
const REPLACING = ['functionName', 'name', 'packageType', 'path', 'roleName', 'tenancyConfig'];

/** Returns what gives resources their ARNs, beside their logical ids. */
function identitiesOf(constructs: IConstruct[]): unknown[] {
  return constructs.filter(CfnResource.isCfnResource).flatMap((resource) => REPLACING.flatMap((name) => {
    // To render a whole resource could lead back here: a function may have the id of the deployment in its environment.
    const { resolved, targets } = resolve((resource as unknown as Record<string, unknown>)[name], resource);
    return resolved === undefined ? [] : [[name, resolved], ...identitiesOf(targets)];
  }));
}

function resolve(value: unknown, scope: IConstruct): { resolved: any; targets: IConstruct[] } {
  const resolver = new ReferenceCollector();
  return { resolved: Tokenization.resolve(value, { scope, resolver, preparing: false }), targets: [...resolver.targets] };
}

/** Resolves tokens, and collects the constructs that they refer to. */
class ReferenceCollector extends DefaultTokenResolver {
  public readonly targets = new Set<IConstruct>();

  constructor() {
    super({ join: (left, right) => ({ 'Fn::Join': ['', [left, right]] }) });
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): any {
    if (Reference.isReference(token)) this.targets.add(token.target);
    return super.resolveToken(token, context, postProcessor);
  }
}
