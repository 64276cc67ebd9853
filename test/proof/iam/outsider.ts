import { routeArn, ROUTES, through } from './callers';
import { Case, deny, OUTSIDER, OVER_TLS } from './case';
import { ProofApp } from '../app';
import { REGION } from '../deployment';

/**
 * Returns what another account can't do, whatever it lets its own roles do: no policy of a resource lets it in. Only a private API without
 * grants lets in everyone who comes through its VPC endpoint, and leaves the rest to its authorizer.
 */
export function requestsOfOutsiders(app: ProofApp): Case[] {
  const { deployment } = app;
  const arnsOf = (type: string) => deployment.ofType(type).map(({ logicalId }) => deployment.attribute(logicalId, 'Arn'));
  const outside = (action: string, resource: string, context?: Case['context']) => deny(OUTSIDER, action, resource, 'of another account', context);
  return [
    ...arnsOf('AWS::KMS::Key').flatMap((key) => ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) =>
      outside(action, key, { 'kms:ViaService': `sqs.${REGION}.amazonaws.com` }))),
    ...arnsOf('AWS::SQS::Queue').flatMap((queue) => ['sqs:SendMessage', 'sqs:ReceiveMessage'].map((action) => outside(action, queue, OVER_TLS))),
    ...arnsOf('AWS::S3::Bucket').map((bucket) => outside('s3:GetObject', `${bucket}/tasks/export/0190-af/5f1d`, OVER_TLS)),
    ...arnsOf('AWS::Lambda::Function').map((handler) => outside('lambda:InvokeFunction', handler)),
    ...arnsOf('AWS::IAM::Role').map((role) => outside('sts:AssumeRole', role)),
    ...app.endpoints.flatMap((endpoint) => Object.values(ROUTES).map((route) =>
      outside('execute-api:Invoke', routeArn(app, endpoint, route), through(app, endpoint)))),
    ...app.privateApis.map((api) => ({
      ...outside('execute-api:Invoke', routeArn(app, api, ROUTES.list), through(app, api)), allowed: !api.authorized,
    })),
  ];
}
