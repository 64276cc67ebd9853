/** What the server of the console and its page exchange. Imports nothing but types, because the page bundles it. */

/** The documentation of the project. */
export const DOCS = 'https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs';

/** The dead-letter queues of a TaskManager. */
export const DEAD_LETTER_QUEUES = ['publisher', 'updater', 'undelivered', 'event-bus'] as const;
export type DeadLetterQueueName = typeof DEAD_LETTER_QUEUES[number];

/** A dead-letter queue of the TaskManager. */
export interface DeadLetterQueueState {
  readonly name: DeadLetterQueueName;
  readonly url: string;
  /** What its messages are. */
  readonly title: string;
  /** What a redrive does with them. */
  readonly redrive: string;
  /** URL of its article in the runbook. */
  readonly runbook: string;
  /** Number of messages that can be read, about. */
  readonly messages: number;
  /** Number of messages that somebody reads at the moment, about. */
  readonly hidden: number;
}

/** A message of a dead-letter queue. */
export interface DeadLetter {
  readonly messageId: string;
  /** Time at which the message came into the queue that it was in first. ISO 8601, in UTC. */
  readonly sentAt: string;
  readonly receiveCount: number;
  /** Missing if the message does not say it, as the following members. */
  readonly taskId?: string;
  readonly taskType?: string;
  readonly status?: string;
  /** Detail type of the event. */
  readonly detailType?: string;
  /** Why it could not be delivered, as EventBridge says it. */
  readonly error?: string;
  readonly body: string;
  /** Why a redrive leaves the message in the queue. Missing if it can be redriven. */
  readonly notRedrivable?: string;
}

/** What a redrive has done. */
export interface RedriveResult {
  readonly queue: DeadLetterQueueName;
  /** Number of messages that were redriven. */
  readonly redriven: number;
  /** Messages that are still in the queue, and why. */
  readonly left: ReadonlyArray<{ readonly messageId?: string; readonly reason: string }>;
}

/** A task type that the API accepts. */
export interface ConsoleTaskType {
  readonly type: string;
  /** JSON Schema of the payload. Its references are resolved, except for those to its own `$defs`. */
  readonly payloadSchema?: boolean | { readonly [keyword: string]: unknown };
}

/** What the page must know about the connection. */
export interface ConsoleSettings {
  readonly apiUrl: string;
  /** Who sends the requests to the API, for people: `AWS credentials of the profile ops`. */
  readonly identity: string;
  /** The owner whose tasks the console shows. Missing if the options name none. */
  readonly owner?: string;
  /** Whether there are live updates. */
  readonly live: boolean;
  /** Whether there are dead-letter queues. */
  readonly deadLetters: boolean;
  /** Task types of the OpenAPI document. Missing without a document, or if the API accepts all types. */
  readonly taskTypes?: readonly ConsoleTaskType[];
  /** The program: `['npx', 'cdk-task-manager-cli']`. */
  readonly command: readonly string[];
  /** The arguments that connect the program in the same way, without secrets: `['--stack', 'Orders']`. */
  readonly arguments: readonly string[];
}
