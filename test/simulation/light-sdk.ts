/**
 * Replaces the AWS SDK in the bundle of the simulation. The SDK clients are replaced anyway. The rest of the SDK, which creates commands
 * and converts items, would take a fifth of the time.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as sdk from '@aws-sdk/util-dynamodb';

class Command<Input> {
  constructor(public readonly input: Input) {}
}

export class DynamoDBClient {}
export class EventBridgeClient {}
export class SQSClient {}
export class SFNClient {}
export class ECSClient {}
export class ApiGatewayManagementApiClient {}

export class DeleteItemCommand extends Command<object> {}
export class BatchGetItemCommand extends Command<object> {}
export class GetItemCommand extends Command<object> {}
export class PutItemCommand extends Command<object> {}
export class QueryCommand extends Command<object> {}
export class UpdateItemCommand extends Command<object> {}
export class PutEventsCommand extends Command<object> {}
export class SendMessageCommand extends Command<object> {}
export class SendMessageBatchCommand extends Command<object> {}
export class PostToConnectionCommand extends Command<object> {}
export class DeleteConnectionCommand extends Command<object> {}
export class StartExecutionCommand extends Command<object> {}
export class DescribeExecutionCommand extends Command<object> {}
export class StopExecutionCommand extends Command<object> {}
export class GetExecutionHistoryCommand extends Command<object> {}
export class DescribeTasksCommand extends Command<object> {}
export class ListTasksCommand extends Command<object> {}
export class StopTaskCommand extends Command<object> {}

export class ConditionalCheckFailedException extends Error {
  public readonly name = 'ConditionalCheckFailedException';
  public readonly Item?: Record<string, AttributeValue>;

  constructor({ message, Item }: { message: string; Item?: Record<string, AttributeValue> }) {
    super(message);
    this.Item = Item;
  }
}

export class ExecutionAlreadyExists extends Error {
  public readonly name = 'ExecutionAlreadyExists';
}

export class ExecutionDoesNotExist extends Error {
  public readonly name = 'ExecutionDoesNotExist';
}

export class GoneException extends Error {
  public readonly name = 'GoneException';
}

export class LimitExceededException extends Error {
  public readonly name = 'LimitExceededException';
}

type Plain = Record<string, unknown>;
type Attributes = Record<string, AttributeValue>;
interface MarshallOptions { readonly removeUndefinedValues?: boolean }

/** Does the same as the SDK's, for JSON values and the options that the project uses. Leaves all else to the SDK. */
export function marshall(data: Plain, options?: MarshallOptions): Attributes {
  const result: Attributes = {};
  for (const key of Object.keys(data)) {
    const value = data[key];
    if (value !== undefined || !options?.removeUndefinedValues) result[key] = toAttribute(value, options);
  }
  return result;
}

function toAttribute(value: unknown, options?: MarshallOptions): AttributeValue {
  switch (typeof value) {
    case 'string': return { S: value };
    case 'boolean': return { BOOL: value };
    case 'number': if (Number.isSafeInteger(value)) return { N: String(value) };
  }
  if (value === null) return { NULL: true };
  if (value?.constructor === Object) return { M: marshall(value as Plain, options) };
  return sdk.convertToAttr(value as never, options);
}

/** Does the same as the SDK's. */
export function unmarshall(item: Attributes): Plain {
  const result: Plain = {};
  for (const key of Object.keys(item)) result[key] = toNative(item[key]);
  return result;
}

function toNative(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.M !== undefined) return unmarshall(value.M);
  return sdk.convertToNative(value);
}
