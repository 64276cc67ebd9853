import { AwsClient } from 'aws4fetch';
import { Engine } from '../../local/engine/engine';

/** Reads all lines that all functions of an engine have logged. */
export async function functionLogs(engine: Pick<Engine, 'url' | 'credentials' | 'region'>): Promise<string[]> {
  const { logGroups } = await callLogs<{ logGroups: { logGroupName: string }[] }>(engine, 'DescribeLogGroups', {});
  const lines = await Promise.all(logGroups.map(async ({ logGroupName }) => {
    const messages: string[] = [];
    for (let nextToken: string | undefined; ;) {
      const page = await callLogs<{ events: { message: string }[]; nextToken?: string }>(engine, 'FilterLogEvents', { logGroupName, nextToken });
      messages.push(...page.events.map(({ message }) => message));
      nextToken = page.nextToken;
      if (nextToken === undefined) return messages;
    }
  }));
  return lines.flat();
}

async function callLogs<T>({ url, credentials, region }: Parameters<typeof functionLogs>[0], operation: string, input: object): Promise<T> {
  const aws = new AwsClient({ ...credentials, region, service: 'logs', retries: 0 });
  const response = await aws.fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `Logs_20140328.${operation}` },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation} answered ${response.status}: ${await response.text()}`);
  return await response.json() as T;
}
