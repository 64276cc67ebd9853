import { Token } from 'aws-cdk-lib';

/** Throws if the name of a query parameter is invalid, or one of a signed URL. Tokens pass. */
export function validateOwnerParameter(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name)) return;
  // Characters that a URL contains as they are: RFC 3986, section 2.3.
  if (!/^[\w.~-]+$/.test(name) || /^x-amz-/i.test(name)) {
    throw new Error("ownerParameter must be the name of a query parameter that signatures do not use, such as 'owner', of letters, digits, "
      + `'-', '.', '_' and '~', got '${name}'`);
  }
}
