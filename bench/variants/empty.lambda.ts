import { APIGatewayProxyResult } from 'aws-lambda';

/** What any function takes on this machine: the start of Node.js. */
export async function handler(): Promise<APIGatewayProxyResult> {
  return { statusCode: 200, body: '{"taskId":""}' };
}
