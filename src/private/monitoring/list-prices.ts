/**
 * The list prices of us-east-1 that the dashboard estimates costs with, in USD. They are those of the cost model, which has their sources:
 * a test compares them with `bench/prices.ts`.
 */
export const USD_PER_MILLION = {
  /** By kind of API. */
  apiRequest: { rest: 3.50, http: 1.00 },
  lambdaRequest: 0.20,
  /** On Arm. */
  lambdaGbSecond: 13.33,
  writeUnit: 0.625,
  readUnit: 0.125,
  event: 1.00,
  sqsRequest: 0.40,
} as const;

export const USD_PER_LOG_GB = 0.50;
