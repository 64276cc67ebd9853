/**
 * Hides warnings of libraries in this process, and in those that it starts. The CDK's own check of templates takes seconds and only prints
 * warnings; `npm run test:template` checks them.
 */
export function quietLibraries(): void {
  Object.assign(process.env, {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_VALIDATION: 'false',
    JSII_DEPRECATED: 'quiet',
  });
}
