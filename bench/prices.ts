/**
 * All list prices of the model: us-east-1, in USD, first tier, without free tiers, as of November 2026.
 *
 * @see https://aws.amazon.com/api-gateway/pricing/ https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/dynamodb/pricing/on-demand/
 * @see https://aws.amazon.com/eventbridge/pricing/ https://aws.amazon.com/sqs/pricing/ https://aws.amazon.com/cloudwatch/pricing/
 * @see https://aws.amazon.com/step-functions/pricing/ https://aws.amazon.com/fargate/pricing/ https://aws.amazon.com/s3/pricing/
 */
const MILLION = 1e6;

export const USD = {
  /** By kind of API. An HTTP API bills one request for each 512 KB or part of it. No request or reply of the tables is larger. */
  apiRequest: { rest: 3.50 / MILLION, http: 1.00 / MILLION },
  lambdaRequest: 0.20 / MILLION,
  /** On Arm. */
  lambdaGbSecond: 13.33 / MILLION,
  writeUnit: 0.625 / MILLION,
  readUnit: 0.125 / MILLION,
  /** 64 KB of a custom event, on a bus of the kind that is called Classic since September 2026. */
  event: 1.00 / MILLION,
  sqsRequest: 0.40 / MILLION,
  /**
   * On top, for a message with a group in a standard queue. Second hand, not read on AWS's page: https://cloudburn.io/blog/amazon-sqs-pricing.
   * It is not known for which requests. So the tables count it for those that send, receive and delete.
   */
  fairQueueRequest: 0.10 / MILLION,
  /**
   * Of a WebSocket API, sent or received, for each 32 KB. AWS's page does not say whether a new connection counts, and how a part of a
   * minute does. So the tables count a message for each new connection, and whole minutes.
   */
  webSocketMessage: 1.00 / MILLION,
  connectionMinute: 0.25 / MILLION,
  logGb: 0.50,
  /** Of a custom metric, in proportion to the hours in which it has values. */
  metricMonth: 0.30,
  storageGbMonth: 0.25,
  /** A transition of a Standard workflow. */
  stateTransition: 25 / MILLION,
  /** On Linux and Arm, by the second, for at least a minute. */
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
  /** Of S3 Standard. */
  bucketPut: 5.00 / MILLION,
  bucketGet: 0.40 / MILLION,
} as const;

/** Values that are assumed, not counted or measured: durations of warm functions on AWS, log sizes and item sizes. */
export const ASSUMED = {
  memoryGb: 0.5,
  apiSeconds: 0.010,
  /** Duration of a batch: a base, plus a little for each record, because the calls run in parallel. */
  publisherSeconds: { base: 0.015, record: 0.001 },
  updaterSeconds: { base: 0.010, record: 0.001 },
  /** It answers one question at a time. */
  statusReader: { memoryGb: 0.25, seconds: 0.010 },
  /** Functions of live updates. The sender posts at its pace: a message a record. */
  connectionSeconds: 0.010,
  liveAuthorizerSeconds: 0.005,
  livePublisherSeconds: { base: 0.015, record: 0.001 },
  liveSenderSeconds: { base: 0.025, record: 0.004 },
  /** Starter and stopper of long work. Each takes one message at a time. */
  longWork: { memoryGb: 0.25, starterSeconds: 0.100, stopperSeconds: 0.050 },
  /** Smallest memory of a function. */
  smallestMemoryGb: 0.125,
  /** How long a million tasks take: at the default throttling with three polls each, and in a month. */
  hoursOfMillion: { load: 1e6 / (100 / 3) / 3600, light: 30 * 24 },
  /** An idle sweep: 40 parallel queries. */
  sweeperSeconds: 0.050,
  /** Lambda's own log lines at the level INFO: `platform.start` and `platform.report` as JSON, plus 26 bytes of CloudWatch for each. */
  logBytes: 420,
  /** Size of a task in the table and its indexes, with 100 bytes overhead for each item. */
  storedBytes: 1_500,
  /** Default of `taskRetention`. */
  storedDays: 7,
} as const;
