import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { grantKey, RECEIVE_ACTIONS, SEND_ACTIONS } from './encryption/key-permissions';

export interface OwnQueueProps extends Omit<sqs.QueueProps, 'encryption' | 'encryptionMasterKey' | 'enforceSSL'> {
  readonly encryptionKey?: kms.IKey;
}

/** A queue of this library. Its grants give no more permissions for the key than SQS needs. */
export class OwnQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, { encryptionKey, ...props }: OwnQueueProps) {
    super(scope, id, {
      ...props,
      enforceSSL: true,
      ...(encryptionKey && { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
    });
  }

  public override grantConsumeMessages(grantee: iam.IGrantable): iam.Grant {
    const key = this.encryptionMasterKey;
    if (!key) return super.grantConsumeMessages(grantee);
    const actions = [
      'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage',
    ];
    return this.grant(grantee, ...actions).combine(grantKey(grantee, key, this, 'sqs', RECEIVE_ACTIONS));
  }

  public override grantSendMessages(grantee: iam.IGrantable): iam.Grant {
    const key = this.encryptionMasterKey;
    if (!key) return super.grantSendMessages(grantee);
    const actions = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];
    return this.grant(grantee, ...actions).combine(grantKey(grantee, key, this, 'sqs', SEND_ACTIONS));
  }

  /** Grants permission to send messages, and none to look at the queue. */
  public grantSend(grantee: iam.IGrantable, keyActions = SEND_ACTIONS): void {
    this.grant(grantee, 'sqs:SendMessage');
    if (this.encryptionMasterKey) grantKey(grantee, this.encryptionMasterKey, this, 'sqs', keyActions);
  }
}
