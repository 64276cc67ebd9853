import { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/**
 * The size of an item in bytes, as DynamoDB counts it.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  // A byte for two digits, and one more.
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[^\d]/g, '').length / 2) + 1;
  // The project's items have no lists and no sets.
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  return 1;
}

/** Units of a write that leaves `after` of `before`: what is larger counts, in steps of 1 KB. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  return Math.max(1, ...[before, after].map((item) => Math.ceil(item ? itemBytes(item) / 1024 : 0)));
}

/** Units of a strongly consistent read, in steps of 4 KB. An item that is not there costs one, too. */
export function readUnits(item: Item | undefined): number {
  return Math.max(1, Math.ceil(item ? itemBytes(item) / 4096 : 0));
}
