import { Duration, Size, Token } from 'aws-cdk-lib';

/** Throws when a number, known at synthesis, is not a whole one within its limits. */
export function validateWholeNumber(prop: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${prop} must be a whole number from ${min} to ${max}, got ${value}`);
  }
}

/** Throws when a duration, known at synthesis, is not within its limits, or not of whole seconds. */
export function validateDuration(prop: string, value: Duration | undefined, min: Duration, max: Duration): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < min.toSeconds() || seconds > max.toSeconds()) {
    throw new Error(`${prop} must be of whole seconds, from ${min.toHumanString()} to ${max.toHumanString()}, got ${value.toHumanString()}`);
  }
}

/** Throws when a size, known at synthesis, is not within its limits. */
export function validateSize(prop: string, value: Size | undefined, min: Size, max: Size): void {
  if (value === undefined || value.isUnresolved()) return;
  const bytes = value.toBytes();
  if (bytes < min.toBytes() || bytes > max.toBytes()) {
    throw new Error(`${prop} must be from ${min.toKibibytes()} to ${max.toKibibytes()} KiB, got ${bytes} bytes`);
  }
}
