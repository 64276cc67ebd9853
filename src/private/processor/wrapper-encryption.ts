import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';

/** The state machine whose data a key encrypts. Step Functions has no condition for the service, as other services have. */
const CONTEXT = 'kms:EncryptionContext:aws:states:stateMachineArn';

/** How long Step Functions uses a data key: https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html */
const REUSE_SECONDS = 300;

/**
 * Encrypts the definition and the executions of a wrapper.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 */
export function encryptWrapper(wrapper: sfn.StateMachine, { keyArn }: kms.IKey): void {
  (wrapper.node.defaultChild as sfn.CfnStateMachine).encryptionConfiguration = {
    type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: keyArn, kmsDataKeyReusePeriodSeconds: REUSE_SECONDS,
  };
  wrapper.addToRolePolicy(new iam.PolicyStatement({
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [keyArn],
    // Not its own ARN, which would be a cycle: the wrapper depends on its role.
    conditions: { StringLike: { [CONTEXT]: anyStateMachine(wrapper) } },
  }));
}

/** Returns the permission to read input, output and history of the executions of an encrypted wrapper. */
export function readExecutions({ stateMachineArn }: sfn.StateMachine, { keyArn }: kms.IKey): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['kms:Decrypt'], resources: [keyArn], conditions: { StringEquals: { [CONTEXT]: stateMachineArn } },
  });
}

function anyStateMachine(wrapper: sfn.StateMachine): string {
  return Stack.of(wrapper).formatArn({
    service: 'states', resource: 'stateMachine', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
