/**
 * List prices of us-east-1 in USD, without free tiers, first tier each, as of November 2026. What the model calculates with, and all of it.
 *
 * @see https://aws.amazon.com/api-gateway/pricing/ https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/dynamodb/pricing/on-demand/
 * @see https://aws.amazon.com/eventbridge/pricing/ https://aws.amazon.com/sqs/pricing/ https://aws.amazon.com/cloudwatch/pricing/
 * @see https://aws.amazon.com/step-functions/pricing/
 */
const MILLION = 1e6;

export const PRICES_AS_OF = 'November 2026';

export const USD = {
  restApiRequest: 3.50 / MILLION,
  lambdaRequest: 0.20 / MILLION,
  /** On Arm. */
  lambdaGbSecond: 13.33 / MILLION,
  writeUnit: 0.625 / MILLION,
  readUnit: 0.125 / MILLION,
  /** A custom event on a bus of the kind called Classic since September 2026, for each 64 KB of it. */
  event: 1.00 / MILLION,
  sqsRequest: 0.40 / MILLION,
  logGb: 0.50,
  storageGbMonth: 0.25,
  /** A transition of a Standard workflow. */
  stateTransition: 25 / MILLION,
} as const;

/** What no count gives: how long functions run on AWS once they are warm, and what they log. Assumed, and not measured. */
export const ASSUMED = {
  memoryGb: 0.5,
  apiSeconds: 0.010,
  /** A batch takes longer than a record, as its calls are made side by side. */
  publisherSeconds: { base: 0.015, record: 0.001 },
  updaterSeconds: { base: 0.010, record: 0.001 },
  /** An idle sweep: 40 queries side by side. */
  sweeperSeconds: 0.050,
  /** Where the system log level is INFO: the lines of Lambda itself, `platform.start` and `platform.report` as JSON, with 26 bytes each that CloudWatch adds. */
  logBytes: 420,
  /** What a task takes in the table, its indexes included, 100 bytes an item on top, and how long it is kept. */
  storedBytes: 1_500,
  storedDays: 7,
} as const;
