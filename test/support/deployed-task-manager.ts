import { AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageBatchCommand, GetQueueAttributesCommand, Message, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AwsClient } from 'aws4fetch';
import { eventually } from './eventually';
import { Target } from './target';

/** A task as the API returns it. */
export interface TaskView {
  readonly taskId: string;
  readonly status: string;
  readonly [name: string]: unknown;
}

/** An event from the observing queue. */
export interface ObservedEvent {
  readonly 'detail-type': string;
  readonly 'source': string;
  readonly 'detail': { readonly taskId: string; readonly type: string; readonly version: number; readonly [name: string]: unknown };
}

/** Uses a deployed TaskManager as its users do. */
export class DeployedTaskManager {
  private readonly http: AwsClient;
  private readonly dynamodb: DynamoDBClient;
  private readonly eventBridge: EventBridgeClient;
  private readonly lambda: LambdaClient;
  private readonly sqs: SQSClient;
  private readonly seen: ObservedEvent[] = [];

  constructor(private readonly target: Target, private readonly id: string) {
    this.http = new AwsClient({ ...target.credentials, region: target.region, service: 'execute-api', retries: 0 });
    this.dynamodb = new DynamoDBClient(target.sdkClientConfig);
    this.eventBridge = new EventBridgeClient(target.sdkClientConfig);
    this.lambda = new LambdaClient(target.sdkClientConfig);
    this.sqs = new SQSClient(target.sdkClientConfig);
  }

  public async request(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.http.fetch(this.url(path), { method, body, headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers } });
  }

  public url(path: string): string {
    return `${this.target.apiUrl(`${this.id}ApiUrl`)}${path}`;
  }

  public async create(type: string, payload: unknown, timeoutSeconds?: number, headers?: Record<string, string>): Promise<TaskView> {
    const response = await this.request('POST', 'tasks', JSON.stringify({ type, payload, timeoutSeconds }), headers);
    if (response.status !== 202) throw new Error(`POST /tasks returned ${response.status}: ${await response.text()}`);
    return response.json() as Promise<TaskView>;
  }

  public async find(taskId: string): Promise<TaskView> {
    return (await this.request('GET', `tasks/${taskId}`)).json() as Promise<TaskView>;
  }

  public async untilStatus(taskId: string, ...statuses: string[]): Promise<TaskView> {
    return eventually(`task ${taskId} to be ${statuses.join(' or ')}`, async () => {
      const task = await this.find(taskId);
      return statuses.includes(task.status) ? task : undefined;
    });
  }

  public async untilEnded(taskId: string): Promise<TaskView> {
    return this.untilStatus(taskId, 'SUCCESSFUL', 'FAILED');
  }

  /** Sends reports as a processor of `taskType`, all in one call. */
  public async report(taskType: string, ...details: object[]): Promise<void> {
    const { FailedEntryCount } = await this.eventBridge.send(new PutEventsCommand({
      Entries: details.map((detail) => ({
        EventBusName: this.output('EventBus'),
        Source: `${this.output('EventSource')}.processor.${taskType}`,
        DetailType: 'TaskUpdatedEvent',
        Detail: JSON.stringify(detail),
      })),
    }));
    if (FailedEntryCount) throw new Error(`${FailedEntryCount} reports were refused`);
  }

  /** Waits for an event of a task. Returns all events of the task so far. */
  public async untilObserved(taskId: string, detailType: string): Promise<ObservedEvent[]> {
    return eventually(`${detailType} of ${taskId}`, async () => {
      // A message of this task may be behind a thousand of others.
      for (let messages: Message[]; (messages = await this.receive('Observed')).length > 0;) {
        this.seen.push(...messages.map(({ Body }) => JSON.parse(Body!)));
      }
      const events = this.seen.filter(({ detail }) => detail.taskId === taskId);
      return events.some((event) => event['detail-type'] === detailType) ? events : undefined;
    });
  }

  /**
   * Does something while failed reports become visible again after a second, not after minutes. Not for many tests: on a slow machine,
   * reports that are being handled become visible as well, and end as dead letters.
   */
  public async withShortVisibility<T>(work: () => Promise<T>): Promise<T> {
    const QueueUrl = this.output('UpdaterQueue');
    const setVisibility = async (VisibilityTimeout: string) => {
      await this.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout } }));
    };
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] }));
    await setVisibility('1');
    try {
      return await work();
    } finally {
      await setVisibility(Attributes!.VisibilityTimeout!);
    }
  }

  /** Waits for a report that could not be handled. */
  public async untilDeadReport(): Promise<unknown> {
    return eventually('the dead letter of a report', async () => {
      const [message] = await this.receive('UpdaterDeadLetters');
      return message && JSON.parse(message.Body!);
    });
  }

  /** Runs a sweep at once, instead of up to a minute later. */
  public async sweep(): Promise<void> {
    const { FunctionError } = await this.lambda.send(new InvokeCommand({ FunctionName: this.output('Sweeper') }));
    if (FunctionError) throw new Error(`the sweep failed: ${FunctionError}`);
  }

  /** Asks for the status of a task, as a processor does. Throws the error of the function if it fails. */
  public async statusOf(question: object): Promise<{ readonly status: string }> {
    const { FunctionError, Payload } = await this.lambda.send(new InvokeCommand({
      FunctionName: this.output('StatusReader'), Payload: JSON.stringify(question),
    }));
    const answer = JSON.parse(Payload!.transformToString());
    if (FunctionError) throw new Error(answer.errorMessage);
    return answer;
  }

  /** Receives and deletes messages of a queue. */
  public async receive(queue: 'Observed' | 'Stopped' | 'UpdaterDeadLetters' | 'PublisherDeadLetters' | 'Undelivered'): Promise<Message[]> {
    const QueueUrl = this.output(queue);
    const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length > 0) {
      await this.sqs.send(new DeleteMessageBatchCommand({
        QueueUrl, Entries: Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }));
    }
    return Messages;
  }

  public async items(): Promise<Record<string, AttributeValue>[]> {
    const { Items = [] } = await this.dynamodb.send(new ScanCommand({ TableName: this.output('Table'), ConsistentRead: true }));
    return Items;
  }

  public output(name: string): string {
    return this.target.output(`${this.id}${name}`);
  }
}
