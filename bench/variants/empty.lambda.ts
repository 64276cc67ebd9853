import { APIGatewayProxyResult } from 'aws-lambda';

/** Shows the minimum of every function on this machine: the start of Node.js. */
export async function handler(): Promise<APIGatewayProxyResult> {
  return { statusCode: 200, body: '{"taskId":""}' };
}
