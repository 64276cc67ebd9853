/** The endpoints in docs/company-rules.md that the functions need in a VPC. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT } from './support/command';
import { bundlesIn, LAMBDA_METAFILES } from '../projenrc/bundled-packages';

/** What the page calls the services of the SDK's clients. */
const SERVICES: Record<string, string> = {
  apigatewaymanagementapi: 'the internet', dynamodb: 'DynamoDB', ecs: 'ECS for containers', eventbridge: 'EventBridge', lambda: 'Lambda', sfn: 'Step Functions', sqs: 'SQS',
};

/** Requests that the functions sign themselves, without a client of the SDK. */
const WITHOUT_CLIENT: Record<string, string> = {
  'src/runtime/live/provider-documents.ts': 'the internet',
  'src/runtime/support/dynamodb-client.ts': 'DynamoDB',
  'src/runtime/work/payload-bucket.ts': 'S3 with a result bucket',
};

/** Returns the services that each function calls, by the name of its bundle. */
function servicesOfBundles(): Record<string, string[]> {
  return Object.fromEntries(Object.entries(bundlesIn(LAMBDA_METAFILES)).map(([file, { inputs }]) => {
    const services = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => WITHOUT_CLIENT[input] ?? SERVICES[/@aws-sdk\/client-(\w+)\//.exec(input)?.[1] ?? '']);
    return [path.basename(path.dirname(file), '.lambda'), [...new Set(services.filter((service) => service !== undefined))].sort()];
  }));
}

test('docs/company-rules.md lists the endpoints that each function needs in a VPC', () => {
  const [, section] = /^## Functions in a VPC$(.*?)^## /ms.exec(readFileSync(path.join(PROJECT, 'docs/company-rules.md'), 'utf8'))!;
  const [, rows] = /^\| function \| endpoints \|\n\|.*\n((?:\|.*\n)+)/m.exec(section)!;
  const listed = [...rows.matchAll(/^\| (.*) \| (.*) \|$/gm)].flatMap(([, functions, services]) => (
    [...functions.matchAll(/`([\w-]+)`/g)].map(([, name]) => [name, services.split(/, |; /).sort()])
  ));
  expect(Object.fromEntries(listed)).toEqual(servicesOfBundles());
});
