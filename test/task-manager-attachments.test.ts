/** What users attach to `taskManager.restApi`, as in the docs. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { TaskManager } from '../src';
import { aTaskManager } from './support/constructs';

const CERTIFICATE = 'arn:aws:acm:us-east-1:111111111111:certificate/12345678';

function stageOf(template: Template): string {
  return Object.keys(template.findResources('AWS::ApiGateway::Stage'))[0];
}

test('a custom domain maps to the stage of the API', () => {
  const { stack, tasks } = aTaskManager();
  const certificate = acm.Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);

  tasks.restApi!.addDomainName('Domain', { domainName: 'tasks.example.com', certificate });

  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::ApiGateway::DomainName', {
    DomainName: 'tasks.example.com', EndpointConfiguration: { Types: ['REGIONAL'] }, RegionalCertificateArn: CERTIFICATE,
  });
  template.hasResourceProperties('AWS::ApiGateway::BasePathMapping', {
    DomainName: { Ref: Match.stringLikeRegexp('Domain') }, RestApiId: { Ref: 'TasksApiD922781C' }, Stage: { Ref: stageOf(template) },
  });
});

test('two TaskManagers share a custom domain, with different base paths', () => {
  const stack = new Stack(new App(), 'Stack');
  const certificate = acm.Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);
  const [exports, reports] = ['Exports', 'Reports'].map((id) => new TaskManager(stack, id));

  const domainName = new apigateway.DomainName(stack, 'Domain', { domainName: 'api.example.com', certificate });
  new apigateway.BasePathMapping(stack, 'ExportsMapping', { domainName, restApi: exports.restApi!, basePath: 'exports' });
  new apigateway.BasePathMapping(stack, 'ReportsMapping', { domainName, restApi: reports.restApi!, basePath: 'reports' });

  const mappings = Object.values(Template.fromStack(stack).findResources('AWS::ApiGateway::BasePathMapping'));
  expect(mappings.map(({ Properties }) => [Properties.BasePath, Properties.RestApiId.Ref])).toEqual([
    ['exports', expect.stringMatching(/^ExportsApi/)], ['reports', expect.stringMatching(/^ReportsApi/)],
  ]);
});

test('a web ACL is associated with the stage', () => {
  const { stack, tasks } = aTaskManager();
  const webAcl = new wafv2.CfnWebACL(stack, 'WebAcl', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: { cloudWatchMetricsEnabled: true, metricName: 'tasks', sampledRequestsEnabled: false },
    rules: [{
      name: 'too-many',
      priority: 0,
      action: { block: {} },
      statement: { rateBasedStatement: { aggregateKeyType: 'IP', limit: 1000 } },
      visibilityConfig: { cloudWatchMetricsEnabled: true, metricName: 'too-many', sampledRequestsEnabled: false },
    }],
  });

  new wafv2.CfnWebACLAssociation(stack, 'WebAclAssociation', {
    webAclArn: webAcl.attrArn,
    resourceArn: tasks.restApi!.deploymentStage.stageArn,
  });

  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
    WebACLArn: { 'Fn::GetAtt': ['WebAcl', 'Arn'] },
    ResourceArn: {
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':apigateway:', { Ref: 'AWS::Region' }, '::/restapis/', { Ref: 'TasksApiD922781C' }, '/stages/', { Ref: stageOf(template) }]],
    },
  });
});

test('a resource policy allows another account, from one network only', () => {
  const { stack, tasks } = aTaskManager();

  tasks.restApi!.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.AccountPrincipal('222222222222')],
    actions: ['execute-api:Invoke'],
    resources: ['execute-api:/*'],
  }));
  tasks.restApi!.addToResourcePolicy(new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    resources: ['execute-api:/*'],
    conditions: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
  }));

  Template.fromStack(stack).hasResourceProperties('AWS::ApiGateway::RestApi', {
    Policy: {
      Statement: [
        Match.objectLike({
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: 'execute-api:/*',
          Principal: { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::222222222222:root']] } },
        }),
        Match.objectLike({ Effect: 'Deny', Principal: { AWS: '*' }, Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }),
      ],
    },
  });
});

test('a change of the resource policy deploys the API again, so that it takes effect', () => {
  const { stack, tasks } = aTaskManager();
  const deploymentOf = (of: Stack) => Object.keys(Template.fromStack(of).findResources('AWS::ApiGateway::Deployment'))[0];
  tasks.restApi!.addToResourcePolicy(new iam.PolicyStatement({
    effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'],
  }));
  expect(deploymentOf(stack)).not.toBe(deploymentOf(aTaskManager().stack));
});
