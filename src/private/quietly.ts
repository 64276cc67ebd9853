/**
 * Runs work without warnings about deprecated APIs: for constructs of aws-cdk-lib that use deprecated APIs themselves, which users of this
 * library can do nothing about. With `JSII_DEPRECATED=fail`, they would not even be able to create such a construct.
 */
export function quietly<T>(work: () => T): T {
  const { JSII_DEPRECATED: mode } = process.env;
  process.env.JSII_DEPRECATED = 'quiet';
  try {
    return work();
  } finally {
    if (mode === undefined) delete process.env.JSII_DEPRECATED;
    else process.env.JSII_DEPRECATED = mode;
  }
}
