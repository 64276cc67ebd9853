import { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/**
 * Returns the size of an item in bytes, as DynamoDB counts it.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  // One byte for two digits, plus one.
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[^\d]/g, '').length / 2) + 1;
  // The items of this project have no lists and no sets.
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  return 1;
}

/** Returns the units of a write that changes `before` to `after`: the larger one counts, in steps of 1 KB. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  return Math.max(1, ...[before, after].map((item) => Math.ceil(item ? itemBytes(item) / 1024 : 0)));
}

/** Returns the units of a strongly consistent read, in steps of 4 KB. A missing item costs one, too. */
export function readUnits(item: Item | undefined): number {
  return Math.max(1, Math.ceil(item ? itemBytes(item) / 4096 : 0));
}
