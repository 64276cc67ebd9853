/** The environment of all tests, and of the processes that they start. */
export default function setEnvironment(): void {
  Object.assign(process.env, {
    // The validator of the CDK takes seconds in each test file, and only prints warnings. `npm run test:template` checks the templates.
    CDK_VALIDATION: 'false',
    JSII_DEPRECATED: 'quiet',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
}
