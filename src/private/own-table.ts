import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { grantKey, READ_TABLE_ACTIONS, WRITE_TABLE_ACTIONS } from './encryption/key-permissions';

export interface OwnTableProps extends Omit<dynamodb.TablePropsV2, 'encryption'> {
  readonly encryptionKey?: kms.IKey;
}

/** Actions that write items. */
const WRITES = /:(Put|Update|Delete|BatchWrite)Item$/;

/** What each principal has been allowed to do with a key, by the ARN of the key. Several tables can have the same one. */
const KEY_ACTIONS = new WeakMap<iam.IPrincipal, Map<string, string[]>>();

/** A table of this library. Its grants give no more permissions for the key than DynamoDB needs. */
export class OwnTable extends dynamodb.TableV2 {
  constructor(scope: Construct, id: string, { encryptionKey, ...props }: OwnTableProps) {
    super(scope, id, { ...props, encryption: encryptionKey && encryptionWith(encryptionKey) });
  }

  /** Grants these actions on the table only. `grant()` would grant them on its indexes, too. */
  public grantItems(grantee: iam.IGrantable, ...actions: string[]): void {
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.tableArn] });
    this.grantTableKey(grantee, actions.some((action) => WRITES.test(action)) ? WRITE_TABLE_ACTIONS : READ_TABLE_ACTIONS);
  }

  /** Grants actions on the key of the table, if it has one, unless they are granted already. */
  protected grantTableKey(grantee: iam.IGrantable, actions: string[]): void {
    if (!this.encryptionKey) return;
    const { keyArn } = this.encryptionKey;
    const ofPrincipal = KEY_ACTIONS.get(grantee.grantPrincipal) ?? new Map<string, string[]>();
    const granted = ofPrincipal.get(keyArn) ?? [];
    const missing = actions.filter((action) => !granted.includes(action));
    if (missing.length === 0) return;
    grantKey(grantee, this.encryptionKey, this, 'dynamodb', missing);
    KEY_ACTIONS.set(grantee.grantPrincipal, ofPrincipal.set(keyArn, [...granted, ...missing]));
  }
}

/**
 * Returns the encryption with a key. CDK looks for the key of each replica by its region, and refuses stacks whose region is not known.
 * These tables have no replicas.
 */
function encryptionWith(key: kms.IKey): dynamodb.TableEncryptionV2 {
  return Object.assign(dynamodb.TableEncryptionV2.customerManagedKey(key), {
    _renderReplicaSseSpecification: () => ({ kmsMasterKeyId: key.keyArn }),
  });
}
