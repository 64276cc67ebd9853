import { createHash, createHmac } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';

// In the place of @aws-sdk/client-dynamodb: what our functions use of it, and no more. It has no retries, no timeouts and no paging, and is
// here to show what the SDK takes of a cold start, not to be used.

export class ConditionalCheckFailedException extends Error {
  public readonly Item?: object;
}

class Command {
  constructor(public readonly input: object) {}
}

export class PutItemCommand extends Command { public readonly operation = 'PutItem'; }
export class GetItemCommand extends Command { public readonly operation = 'GetItem'; }
export class UpdateItemCommand extends Command { public readonly operation = 'UpdateItem'; }
export class QueryCommand extends Command { public readonly operation = 'Query'; }
export class BatchGetItemCommand extends Command { public readonly operation = 'BatchGetItem'; }

export function paginateQuery(): never {
  throw new Error('not here');
}

export class DynamoDBClient {
  private readonly url = new URL(process.env.AWS_ENDPOINT_URL ?? `https://dynamodb.${process.env.AWS_REGION}.amazonaws.com`);
  private readonly transport = this.url.protocol === 'https:' ? https : http;
  private readonly agent = new this.transport.Agent({ keepAlive: true });

  public async send({ operation, input }: Command & { operation: string }): Promise<any> {
    const body = JSON.stringify(input);
    const { status, text } = await this.post(this.signed(`DynamoDB_20120810.${operation}`, body), body);
    const answer = JSON.parse(text);
    if (status === 200) return answer;
    const error = answer.__type?.endsWith('#ConditionalCheckFailedException') ? new ConditionalCheckFailedException() : new Error(answer.__type);
    throw Object.assign(error, { Item: answer.Item });
  }

  private async post(headers: Record<string, string>, body: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const request = this.transport.request(this.url, { method: 'POST', agent: this.agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => text += chunk).on('end', () => resolve({ status: response.statusCode!, text }));
      });
      request.on('error', reject).end(body);
    });
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
  private signed(target: string, body: string): Record<string, string> {
    const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const headers: Record<string, string> = {
      'content-type': 'application/x-amz-json-1.0', 'host': this.url.host, 'x-amz-date': date, 'x-amz-security-token': AWS_SESSION_TOKEN!, 'x-amz-target': target,
    };
    const names = Object.keys(headers).join(';');
    const canonical = ['POST', '/', '', ...Object.entries(headers).map(([name, value]) => `${name}:${value}`), '', names, sha256(body)].join('\n');
    const scope = `${date.slice(0, 8)}/${AWS_REGION}/dynamodb/aws4_request`;
    const key = scope.split('/').reduce<string | Buffer>((secret, part) => hmac(secret, part).digest(), `AWS4${AWS_SECRET_ACCESS_KEY}`);
    const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).digest('hex');
    return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names}, Signature=${signature}` };
  }
}

function hmac(key: string | Buffer, text: string) {
  return createHmac('sha256', key).update(text);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
