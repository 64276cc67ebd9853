/**
 * Loads the packages that only some tasks need, when they need them. `catch` follows each import, so that bundlers accept a package that is
 * not installed.
 */

export async function loadLambda() {
  return import('@aws-sdk/client-lambda').catch(missing('@aws-sdk/client-lambda'));
}

export async function loadSqs() {
  return import('@aws-sdk/client-sqs').catch(missing('@aws-sdk/client-sqs'));
}

export async function loadS3() {
  return Promise.all([
    import('@aws-sdk/client-s3').catch(missing('@aws-sdk/client-s3')),
    import('@aws-sdk/lib-storage').catch(missing('@aws-sdk/lib-storage')),
  ]);
}

function missing(name: string) {
  return (cause: unknown): never => {
    throw new Error(`${name} can't be loaded: install it, or do not exclude it from the bundle`, { cause });
  };
}
