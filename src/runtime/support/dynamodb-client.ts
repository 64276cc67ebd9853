import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type * as sdk from '@aws-sdk/client-dynamodb';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { HttpRequest, HttpResponse, loadJsonRpcErrorCode } from '@smithy/core/protocols';
import { retryMiddleware, StandardRetryStrategy } from '@smithy/core/retry';
import { SignatureV4 } from '@smithy/signature-v4';
import type { FinalizeHandlerArguments, MetadataBearer } from '@smithy/types';
import { dynamoDbEndpoint } from './dynamodb-endpoint';
import type { sdkClientSettings } from './sdk-client-settings';
import { Sha256 } from './sha256';

type Send<Output> = (args: FinalizeHandlerArguments<object>) => Promise<{ response: unknown; output: Output }>;

/** Base of the pauses between attempts. The SDK's client of DynamoDB has the same, which is half of that of other services. */
const RETRY_BASE_MS = 25;

/** AWS refuses a signature whose time differs by more than five minutes. Like the SDK, the client suspects its clock a minute earlier. */
const MAX_CLOCK_SKEW_MS = 4 * 60_000;

/** A request that took longer was frozen with its function, and says nothing about the clock. */
const MAX_SAMPLE_MS = 15 * 60_000;

/**
 * Replaces the SDK's client in the bundle of the API's function, for whose cold start people wait. It is made of the SDK's own parts, and
 * leaves out what serves other operations and settings. See ADR 0023.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
export class DynamoDBClient {
  private readonly endpoint: URL;
  private readonly requestHandler: ReturnType<typeof sdkClientSettings>['requestHandler'];
  private readonly signer: SignatureV4;
  private readonly sendWithRetries: Send<MetadataBearer>;
  /** How far the clock of DynamoDB is ahead of ours. */
  private clockOffsetMs = 0;

  constructor({ maxAttempts, requestHandler }: ReturnType<typeof sdkClientSettings>) {
    const region = process.env.AWS_REGION!;
    this.endpoint = dynamoDbEndpoint(region, process.env);
    this.requestHandler = requestHandler;
    this.signer = new SignatureV4({ service: 'dynamodb', region, credentials: fromEnv(), sha256: Sha256 });
    const retryStrategy = new StandardRetryStrategy({ maxAttempts, baseDelay: RETRY_BASE_MS });
    const retry = retryMiddleware({ maxAttempts: async () => maxAttempts, retryStrategy: async () => retryStrategy });
    this.sendWithRetries = retry((args) => this.attempt(args), {});
    // Lambda gives a function a whole CPU while it loads, and less afterwards. Later signatures use the key that this one derives.
    this.signer.sign(this.request('GetItem', '{}')).catch(() => { /* The first call has the same error. */ });
  }

  /** Makes a call. As with the SDK's client, an error of DynamoDB has the name that DynamoDB gave it. */
  public async send<Output>({ operation, input }: Command<object, Output>): Promise<Output> {
    const { output } = await this.sendWithRetries({ request: this.request(operation, JSON.stringify(input)), input });
    return output as Output;
  }

  private request(operation: string, body: string): HttpRequest {
    const { protocol, hostname, port, host, pathname } = this.endpoint;
    return new HttpRequest({
      protocol,
      hostname,
      ...(port && { port: Number(port) }),
      method: 'POST',
      path: pathname,
      headers: {
        'host': host,
        'content-type': 'application/x-amz-json-1.0',
        'content-length': String(Buffer.byteLength(body)),
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'user-agent': 'cdk-task-manager',
        ...traceHeader(),
      },
      body,
    });
  }

  private async attempt({ request }: FinalizeHandlerArguments<object>): Promise<{ response: unknown; output: MetadataBearer }> {
    const sentAt = Date.now();
    const offsetMs = this.clockOffsetMs;
    const signed = await this.signer.sign(request as HttpRequest, { signingDate: new Date(sentAt + offsetMs) });
    const { response } = await this.requestHandler.handle(signed as HttpRequest);
    this.setClock(response, sentAt);
    const $metadata = {
      httpStatusCode: response.statusCode,
      requestId: response.headers['x-amzn-requestid'],
      // Repeats a request that was refused because of its time.
      clockSkewCorrected: this.clockOffsetMs !== offsetMs && Math.abs(this.clockOffsetMs) >= MAX_CLOCK_SKEW_MS,
    };
    try {
      return { response, output: { ...outputOf(response, await bodyOf(response)), $metadata } };
    } catch (error) {
      // Hidden from logs: it has headers.
      throw Object.defineProperty(Object.assign(error as Error, { $metadata }), '$response', { value: response });
    }
  }

  /** Takes over the clock of DynamoDB, by the same rules as the SDK (`AwsSdkSigV4Signer`). */
  private setClock({ headers: { date, age } }: HttpResponse, sentAt: number): void {
    const now = Date.now();
    const time = Date.parse(date);
    if (age === undefined && now - sentAt <= MAX_SAMPLE_MS && !Number.isNaN(time)) this.clockOffsetMs = time - now;
  }
}

class Command<Input extends object, Output> {
  /** Only a type: what the call returns. It has no value. */
  declare public readonly output: Output;

  constructor(public readonly operation: string, public readonly input: Input) {}
}

function commandOf<Input extends object, Output>(operation: string) {
  return class extends Command<Input, Output> {
    constructor(input: Input) {
      super(operation, input);
    }
  };
}

export const BatchGetItemCommand = commandOf<sdk.BatchGetItemCommandInput, sdk.BatchGetItemCommandOutput>('BatchGetItem');
export const GetItemCommand = commandOf<sdk.GetItemCommandInput, sdk.GetItemCommandOutput>('GetItem');
export const PutItemCommand = commandOf<sdk.PutItemCommandInput, sdk.PutItemCommandOutput>('PutItem');
export const QueryCommand = commandOf<sdk.QueryCommandInput, sdk.QueryCommandOutput>('Query');
export const UpdateItemCommand = commandOf<sdk.UpdateItemCommandInput, sdk.UpdateItemCommandOutput>('UpdateItem');

export class ConditionalCheckFailedException extends Error {
  public readonly name = 'ConditionalCheckFailedException';
  /** The item that did not meet the condition, if the call asked for it. */
  public readonly Item?: Record<string, sdk.AttributeValue>;

  constructor({ message, Item }: { message: string; Item?: Record<string, sdk.AttributeValue> }) {
    super(message);
    this.Item = Item;
  }
}

/**
 * Returns the header by which X-Ray knows the trace, and Lambda a loop of functions.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
function traceHeader(): Record<string, string> {
  const { AWS_LAMBDA_FUNCTION_NAME: functionName, _X_AMZN_TRACE_ID: trace } = process.env;
  return functionName && trace ? { 'x-amzn-trace-id': trace } : {};
}

async function bodyOf({ body }: HttpResponse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stream: Readable = body;
  await new Promise((resolve, reject) => {
    stream.on('data', (chunk) => chunks.push(chunk)).once('end', resolve).once('error', reject);
  });
  return Buffer.concat(chunks);
}

function outputOf(response: HttpResponse, body: Buffer): object {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
  const checksum = response.headers['x-amz-crc32'];
  if (checksum !== undefined && Number(checksum) !== crc32(body)) {
    throw Object.assign(new Error('the response does not match its checksum'), { name: 'CRC32CheckFailed', $retryable: {} });
  }
  const output = body.length === 0 ? {} : parse(body) ?? {};
  if (response.statusCode < 300) return output;
  const name = loadJsonRpcErrorCode(response, output) ?? 'Unknown';
  const message = output.message ?? output.Message ?? 'UnknownError';
  throw name === 'ConditionalCheckFailedException'
    ? new ConditionalCheckFailedException({ message, Item: output.Item })
    : Object.assign(new Error(message), { name });
}

function parse(body: Buffer): any {
  try {
    return JSON.parse(body.toString());
  } catch {
    // Not the parser's own message: it quotes the text.
    throw new SyntaxError('the response is not JSON');
  }
}
