import { cx_api, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

export const ACCOUNT = '111111111111';
export const REGION = 'eu-west-1';

const PSEUDO_PARAMETERS: Record<string, string> = {
  'AWS::AccountId': ACCOUNT, 'AWS::Region': REGION, 'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com',
};

export interface Resource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** The properties in the template. */
  readonly properties: any;
}

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** ARNs of rules on the default bus do not contain its name. */
export function ruleArn(bus: string, name: string): string {
  return arn('events', bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`);
}

/** What `Ref` and `Fn::GetAtt` return for each type of resource, as AWS documents it. Physical names are the logical ids. */
const ATTRIBUTES: Record<string, (id: string, resource: Resource, deployment: Deployment) => Record<string, string>> = {
  'AWS::ApiGateway::Authorizer': (id) => ({ Ref: id }),
  'AWS::ApiGateway::Deployment': (id) => ({ Ref: id }),
  'AWS::ApiGateway::Resource': (id) => ({ Ref: id }),
  'AWS::ApiGateway::RestApi': (id) => ({ Ref: id, RootResourceId: `${id}-root` }),
  'AWS::ApiGateway::Stage': (id, { properties }, deployment) => ({ Ref: deployment.resolve(properties.StageName ?? id) }),
  'AWS::ApiGatewayV2::Api': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::Authorizer': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::Integration': (id) => ({ Ref: id }),
  'AWS::Cognito::UserPool': (id) => ({ Ref: id, Arn: arn('cognito-idp', `userpool/${id}`) }),
  'AWS::DynamoDB::GlobalTable': (id) => ({
    Ref: id, Arn: arn('dynamodb', `table/${id}`), StreamArn: arn('dynamodb', `table/${id}/stream/2026-01-01T00:00:00.000`),
  }),
  'AWS::EC2::SecurityGroup': (id) => ({ GroupId: `sg-${id}` }),
  'AWS::EC2::Subnet': (id) => ({ Ref: `subnet-${id}` }),
  'AWS::EC2::VPCEndpoint': (id) => ({ Ref: `vpce-${id}` }),
  'AWS::ECS::Cluster': (id) => ({ Ref: id, Arn: arn('ecs', `cluster/${id}`) }),
  'AWS::ECS::TaskDefinition': (id, { properties: { Family = id } }) => ({ Ref: arn('ecs', `task-definition/${Family}:1`) }),
  // CDK chooses the names of buses.
  'AWS::Events::EventBus': (_id, { properties: { Name } }) => ({ Ref: Name, Name, Arn: arn('events', `event-bus/${Name}`) }),
  'AWS::Events::Rule': (id, { properties }, deployment) => {
    // EventBusName can be a name or an ARN. The default bus has none.
    const bus = properties.EventBusName === undefined ? 'default' : deployment.resolve(properties.EventBusName).split('/').at(-1);
    return { Ref: id, Arn: ruleArn(bus, id) };
  },
  'AWS::IAM::ManagedPolicy': (id) => ({ Ref: `arn:aws:iam::${ACCOUNT}:policy/${id}` }),
  'AWS::IAM::Role': (id) => ({ Ref: id, Arn: `arn:aws:iam::${ACCOUNT}:role/${id}` }),
  'AWS::KMS::Key': (id) => ({ Ref: id, Arn: arn('kms', `key/${id}`) }),
  'AWS::Lambda::Function': (id) => ({ Ref: id, Arn: arn('lambda', `function:${id}`) }),
  'AWS::Logs::LogGroup': (id) => ({ Ref: id, Arn: arn('logs', `log-group:${id}:*`) }),
  'AWS::S3::Bucket': (id) => ({ Ref: id, Arn: `arn:aws:s3:::${id}`, RegionalDomainName: `${id}.s3.${REGION}.amazonaws.com` }),
  'AWS::StepFunctions::StateMachine': (id) => ({ Ref: arn('states', `stateMachine:${id}`), Arn: arn('states', `stateMachine:${id}`), Name: id }),
  'AWS::SQS::Queue': (id) => ({ Ref: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`, QueueName: id, Arn: arn('sqs', id) }),
};

/** The resources of an app's templates. Replaces intrinsic functions by values, as a deployment does. */
export class Deployment {
  public readonly resources: Resource[] = [];
  private readonly byLogicalId = new Map<string, Resource>();
  private readonly exports = new Map<string, unknown>();

  constructor(assembly: cx_api.CloudAssembly) {
    for (const { stackName, template } of assembly.stacks) {
      for (const [logicalId, { Type, Properties = {} }] of Object.entries<any>(template.Resources)) {
        if (this.byLogicalId.has(logicalId)) throw new Error(`logical ids must be unique over all stacks, got two of ${logicalId}`);
        const resource = { stackName, logicalId, type: Type, properties: Properties };
        this.resources.push(resource);
        this.byLogicalId.set(logicalId, resource);
      }
      for (const { Value, Export } of Object.values<any>(template.Outputs ?? {})) {
        if (Export) this.exports.set(Export.Name, Value);
      }
    }
  }

  public ofType(...types: string[]): Resource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** Returns the deployed value of a token of a construct, such as `queue.queueArn`. */
  public valueOf(construct: IConstruct, token: string): string {
    return this.resolve(Stack.of(construct).resolve(token));
  }

  public attribute(logicalId: string, name: string): string {
    const resource = this.byLogicalId.get(logicalId);
    const value = resource && ATTRIBUTES[resource.type]?.(logicalId, resource, this)[name];
    if (value === undefined) throw new Error(`attribute ${name} of ${logicalId} (${resource?.type ?? 'not a resource'}) is unknown: add it to test/proof/deployment.ts`);
    return value;
  }

  /** Replaces the intrinsic functions in a part of a template. */
  public resolve(value: any): any {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)).filter((item) => item !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = [], ...others] = Object.entries<any>(value);
    if (others.length > 0 || name === undefined || !/^(Ref|Fn::.*)$/.test(name)) {
      const entries = Object.entries(value).map(([key, item]) => [key, this.resolve(item)]);
      return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
    }
    switch (name) {
      case 'Ref': return argument === 'AWS::NoValue' ? NO_VALUE : PSEUDO_PARAMETERS[argument] ?? this.attribute(argument, 'Ref');
      case 'Fn::GetAtt': return this.attribute(argument[0], argument[1]);
      case 'Fn::Join': return this.resolve(argument[1]).join(argument[0]);
      case 'Fn::Select': return this.resolve(argument[1])[Number(argument[0])];
      case 'Fn::Split': return this.resolve(argument[1]).split(argument[0]);
      case 'Fn::Sub': return (argument as string).replace(/\$\{(.*?)\}/g, (_, reference: string) => this.resolve({ Ref: reference }));
      case 'Fn::ImportValue': return this.resolve(this.exports.get(argument));
      default: throw new Error(`intrinsic function ${name} is unknown: add it to test/proof/deployment.ts`);
    }
  }
}

const NO_VALUE = Symbol('AWS::NoValue');
