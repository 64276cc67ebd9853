import { Token } from 'aws-cdk-lib';

/**
 * Returns a text as long as the given one. If that is a Token, the text is as long as the Token's value can become.
 *
 * Policies have quotas for their size, and most names are not known before deployment.
 */
export function asLongAs(text: string, longest: number): string {
  return 'x'.repeat(Token.isUnresolved(text) ? longest : text.length);
}

/** Returns the length of an ARN without the resource, in the partition and the region with the longest names. */
function longestPrefix(service: string): number {
  return `arn:aws-us-gov:${service}:ap-southeast-1:111111111111:`.length;
}

/** The maximum length of a source of events, of the name of a bus, and of the name of a rule, in characters. */
export const LONGEST_SOURCE = 256;
const LONGEST_BUS_NAME = 256;
const LONGEST_RULE_NAME = 64;

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
export const LONGEST_BUS_ARN = longestPrefix('events') + 'event-bus/'.length + LONGEST_BUS_NAME;

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export const LONGEST_FUNCTION_ARN = longestPrefix('lambda') + 'function:'.length + 64;

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
export const LONGEST_QUEUE_ARN = longestPrefix('sqs') + 80;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const LONGEST_BUCKET_ARN = 'arn:aws-us-gov:s3:::'.length + 63;

/** @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN */
export const LONGEST_KEY_ARN = longestPrefix('kms') + 'key/mrk-'.length + 32;

/** The length of the name of SQS in the region with the longest one, in China. */
export const LONGEST_SERVICE = 'sqs.cn-northwest-1.amazonaws.com.cn'.length;

/** The maximum length of the name of an alias, and of the colon before it. */
export const LONGEST_QUALIFIER = 1 + 128;

/** Returns the maximum length of the ARN of a rule on a bus. */
export function longestRuleArn(busName: string): number {
  return longestPrefix('events') + 'rule/'.length + asLongAs(busName, LONGEST_BUS_NAME).length + '/'.length + LONGEST_RULE_NAME;
}
