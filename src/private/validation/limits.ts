import { Duration, Size, Token } from 'aws-cdk-lib';

/** API Gateway has no upper limit: an account can have its quota raised. A larger value is probably a typo. */
const MAX_THROTTLING_LIMIT = 1_000_000;

/** Throws if a number is not whole, or is out of its limits. Tokens pass. */
export function validateWholeNumber(prop: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${prop} must be a whole number from ${min} to ${max}, got ${value}`);
  }
}

/** Throws if a duration is not a whole number of seconds, or is out of its limits. Tokens pass. */
export function validateDuration(prop: string, value: Duration | undefined, min: Duration, max: Duration): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < min.toSeconds() || seconds > max.toSeconds()) {
    const limits = `from ${min.toHumanString()} to ${max.toHumanString()}`;
    throw new Error(`${prop} must be ${limits}, in whole seconds, got ${value.toHumanString()}`);
  }
}

/** Throws if a size is out of its limits. Tokens pass. */
export function validateSize(prop: string, value: Size | undefined, min: Size, max: Size): void {
  if (value === undefined || value.isUnresolved()) return;
  const bytes = value.toBytes();
  if (bytes < min.toBytes() || bytes > max.toBytes()) {
    throw new Error(`${prop} must be from ${min.toKibibytes()} to ${max.toKibibytes()} KiB, got ${bytes} bytes`);
  }
}

/** Throws if a throttling limit of a stage is not whole, or is out of its limits. Tokens pass. */
export function validateThrottling(props: { readonly throttlingRateLimit?: number; readonly throttlingBurstLimit?: number }): void {
  validateWholeNumber('throttlingRateLimit', props.throttlingRateLimit, 1, MAX_THROTTLING_LIMIT);
  validateWholeNumber('throttlingBurstLimit', props.throttlingBurstLimit, 1, MAX_THROTTLING_LIMIT);
}
