import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CfnOutput } from 'aws-cdk-lib';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { until } from './fixtures/processes';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy } from '../../local/deploy/deploy';
import { withEngine } from '../../local/engine/with-engine';
import { temporaryDirectory } from '../support/temporary-directory';

// Tests our fix of the engine. It proves nothing about AWS.

jest.setTimeout(120_000);

test('filters the records of a stream like event patterns of rules', async () => {
  const received = join(temporaryDirectory('filters'), 'ids');
  const filters = [
    { color: { S: [{ exists: false }] }, size: { S: ['small'] } },
    { color: { S: [{ 'anything-but': { prefix: 'dark' } }, { 'equals-ignore-case': 'DARK RED' }] } },
    { $or: [{ weight: { N: ['7'] } }, { color: { S: [{ wildcard: 'dark*green' }] } }] },
    // Numbers are texts in a record, so this operator never matches.
    { weight: { N: [{ numeric: ['=', 8] }] } },
  ];
  const assembly = synthesizeStack((stack) => {
    const table = new Table(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING }, stream: StreamViewType.NEW_IMAGE });
    const handler = aNodeFunction(stack, 'Function', `exports.handler = async ({ Records }) => {
      for (const { dynamodb } of Records) require('fs').appendFileSync('${received}', dynamodb.Keys.id.S + '\\n');
    };`);
    handler.addEventSource(new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: filters.map((image) => FilterCriteria.filter({ dynamodb: { NewImage: image } })),
    }));
    new CfnOutput(stack, 'TableName', { value: table.tableName });
  });
  await withEngine({}, async (engine) => {
    const { TableName } = (await deploy(engine, assembly)).outputs('Tiny');
    const dynamodb = new DynamoDBClient(engine.sdkClientConfig);
    const put = (id: string, attributes: Record<string, AttributeValue>) =>
      dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id }, ...attributes } }));

    await put('no color', { size: { S: 'small' } });
    await put('a color, of another kind', { size: { S: 'small' }, color: { N: '1' } });
    await put('neither', { size: { S: 'large' } });
    await put('dark', { size: { S: 'small' }, color: { S: 'dark blue' } });
    await put('dark red', { color: { S: 'dark red' } });
    await put('dark green', { color: { S: 'dark sea green' } });
    await put('seven', { weight: { N: '7' } });
    await put('eight', { weight: { N: '8' } });
    await put('light', { color: { S: 'light blue' } });

    const ids = () => existsSync(received) ? readFileSync(received, 'utf8').trim().split('\n') : [];
    await until(() => ids().includes('light'));
    expect(ids()).toEqual(['no color', 'a color, of another kind', 'dark red', 'dark green', 'seven', 'light']);
  });
});
