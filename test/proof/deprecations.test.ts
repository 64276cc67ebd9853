import { synthesizeProofApp } from './app';

describe('an app with all constructs, props and methods', () => {
  const { JSII_DEPRECATED: before } = process.env;
  afterEach(() => {
    if (before === undefined) delete process.env.JSII_DEPRECATED;
    else process.env.JSII_DEPRECATED = before;
  });

  test('uses no deprecated API of aws-cdk-lib', () => {
    process.env.JSII_DEPRECATED = 'fail';
    expect(() => synthesizeProofApp()).not.toThrow();
  });
});
