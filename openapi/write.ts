/** Writes the OpenAPI document: into the package, from which each TaskManager makes its own, and into the docs, with the default props. */
import { writeFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { openApiDocument } from './document';
import { renderOpenApi } from '../src/private/api/open-api';

const DEFAULTS = {
  api: { authConfig: { authorizationType: apigateway.AuthorizationType.IAM } },
  hasGatewayResponses: true,
  taskTimeout: Duration.hours(24),
  maxPollWait: Duration.seconds(0),
};

writeFileSync('assets/openapi.json', JSON.stringify(openApiDocument()));
writeFileSync('docs/openapi.json', `${JSON.stringify(renderOpenApi(DEFAULTS), undefined, 2)}\n`);
