import { ACCOUNT, Deployment, REGION, Resource } from '../deployment';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

/** A policy of the templates, without intrinsic functions. */
export interface Policy {
  readonly logicalId: string;
  /** The names of the roles of an identity-based policy, their boundaries, or the ARNs of the resources of a resource-based policy. */
  readonly attachedTo: string[];
  readonly statements: Statement[];
}

type Reader = (properties: any, resource: Resource, deployment: Deployment) => Policy[];

const arnOfQueue = (url: string) => url.replace(/^https:\/\/sqs\.([^.]+)\.amazonaws\.com\/(\d+)\//, 'arn:aws:sqs:$1:$2:');

const READERS: Record<string, Reader> = {
  'AWS::IAM::Policy': ({ Roles, PolicyDocument }, { logicalId }) => [{ logicalId, attachedTo: Roles, statements: PolicyDocument.Statement }],
  'AWS::IAM::ManagedPolicy': ({ Roles = [], PolicyDocument }, { logicalId }, deployment) => [{
    logicalId, attachedTo: [...Roles, ...rolesIn(deployment.attribute(logicalId, 'Ref'), deployment).map(boundaryOf)], statements: PolicyDocument.Statement,
  }],
  'AWS::IAM::Role': ({ AssumeRolePolicyDocument, Policies = [], ManagedPolicyArns = [] }, { logicalId }, deployment) => {
    if (ManagedPolicyArns.length > 0) throw new Error(`roles must not have managed policies, whose statements are unknown, got ${ManagedPolicyArns} of ${logicalId}`);
    return [
      { logicalId, attachedTo: [deployment.attribute(logicalId, 'Arn')], statements: AssumeRolePolicyDocument.Statement },
      ...Policies.map(({ PolicyDocument }: any) => ({ logicalId, attachedTo: [logicalId], statements: PolicyDocument.Statement })),
    ];
  },
  'AWS::KMS::Key': ({ KeyPolicy }, { logicalId }, deployment) =>
    [{ logicalId, attachedTo: [deployment.attribute(logicalId, 'Arn')], statements: KeyPolicy.Statement }],
  'AWS::SQS::QueuePolicy': ({ Queues, PolicyDocument }, { logicalId }) =>
    [{ logicalId, attachedTo: Queues.map(arnOfQueue), statements: PolicyDocument.Statement }],
  'AWS::S3::BucketPolicy': ({ Bucket, PolicyDocument }, { logicalId }) =>
    [{ logicalId, attachedTo: [`arn:aws:s3:::${Bucket}`], statements: PolicyDocument.Statement }],
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
  'AWS::ApiGateway::RestApi': ({ Policy }, { logicalId }) => {
    if (!Policy) return [];
    const api = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${logicalId}`;
    // API Gateway completes the ARNs.
    const inFull = (resource: string) => resource.replace(/^execute-api:\//, `${api}/`);
    const statements: Statement[] = Policy.Statement;
    const completed = statements.map((statement) => ({ ...statement, Resource: listOf(statement.Resource!).map(inFull) }));
    return [{ logicalId, attachedTo: [api], statements: completed }];
  },
  // https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
  'AWS::Lambda::Permission': ({ Action, FunctionName, Principal, SourceArn, SourceAccount }, { logicalId }) => [{
    logicalId,
    attachedTo: [FunctionName],
    statements: [{
      Effect: 'Allow',
      Action,
      Resource: FunctionName,
      Principal: Principal.endsWith('.amazonaws.com') ? { Service: Principal } : { AWS: Principal },
      Condition: { ...(SourceArn && { ArnLike: { 'aws:SourceArn': SourceArn } }), ...(SourceAccount && { StringEquals: { 'aws:SourceAccount': SourceAccount } }) },
    }],
  }],
};

/** Returns what the permissions boundary of a role is attached to. */
export function boundaryOf(role: string): string {
  return `boundary of ${role}`;
}

/** Returns the roles that have a policy as their boundary. */
function rolesIn(policyArn: string, deployment: Deployment): string[] {
  return deployment.ofType('AWS::IAM::Role').filter(({ properties: { PermissionsBoundary } }) =>
    PermissionsBoundary && deployment.resolve(PermissionsBoundary) === policyArn).map(({ logicalId }) => logicalId);
}

/** Returns all policies of the templates. Throws if it finds an unknown kind of policy. */
export function policiesOf(deployment: Deployment): Policy[] {
  return deployment.resources.flatMap((resource) => {
    const reader = READERS[resource.type];
    if (reader) return reader(deployment.resolve(resource.properties), resource, deployment);
    if (/"(PolicyDocument|KeyPolicy|ResourcePolicy|ResourcePolicyDocument|Statement)":/.test(JSON.stringify(resource.properties))) {
      throw new Error(`policies of ${resource.type} are unknown: add them to test/proof/iam/policies.ts`);
    }
    return [];
  });
}

export function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
