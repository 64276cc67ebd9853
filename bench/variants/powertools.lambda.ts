import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { handler as inner } from './document-client.lambda';

const logger = new Logger({ serviceName: 'tasks' });
const metrics = new Metrics({ namespace: 'Tasks', serviceName: 'tasks' });

/** Adds structured logs and metrics. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  logger.info('request', { method: event.httpMethod, resource: event.resource });
  const response = await inner(event);
  metrics.addMetric('requests', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  return response;
}
