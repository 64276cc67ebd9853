import { Annotations, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** The claims that Cognito itself sets. All others are attributes of the user, or set by a Lambda trigger. */
const CLAIMS_OF_COGNITO = /^(sub|username|client_id|cognito:.*|dev:.*)$/;

/** Warns of a claim that users can write. By default, a user pool lets users write all of their attributes. */
export function warnAboutWritableClaim(api: Construct, ownerClaim: string | undefined): void {
  if (ownerClaim === undefined || Token.isUnresolved(ownerClaim) || CLAIMS_OF_COGNITO.test(ownerClaim)) return;
  Annotations.of(api).addWarningV2(
    'cdk-task-manager:writableOwnerClaim',
    `ownerClaim '${ownerClaim}' may be an attribute that users can write, as they can by default: a user who sets it to the value of `
      + "another user can read and cancel that user's tasks. Use 'sub', or remove the attribute from the writeAttributes of every app "
      + 'client and acknowledge this warning',
  );
}
