/** Stands in for `processor/src/optional-packages.ts` in jest, whose sandbox has no `import()`. */
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import * as storage from '@aws-sdk/lib-storage';

export async function loadLambda() {
  return lambda;
}

export async function loadSqs() {
  return sqs;
}

export async function loadS3() {
  return [s3, storage];
}
