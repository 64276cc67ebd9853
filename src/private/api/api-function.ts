import { Duration, Size, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CorsOrigins } from './task-api';
import { ENVIRONMENT, formatOwnerPlace, OwnerPlace, TASK_TYPES_FILE, TaskTypeEntry } from '../../protocol/environment';
import { RESULTS_PREFIX } from '../../protocol/wire';
import { TaskApiAuthConfig } from '../../task-api-auth';
import { TaskResourceOptions } from '../../task-resource-options';
import { grantKey } from '../encryption/key-permissions';
import { TaskTable } from '../pipeline/task-table';
import { isTraced } from '../resource-options';
import { RuntimeFunction } from '../runtime-function';

export interface ApiFunctionProps {
  readonly table: TaskTable;
  readonly resultBucket?: s3.IBucket;
  readonly taskTimeout: Duration;
  readonly taskTypes?: TaskTypeEntry[];
  readonly maxRequestSize: Size;
  readonly maxPollWait: Duration;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
  readonly reservedConcurrency?: number;
}

/** Answers the requests to the API. */
export class ApiFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id, {
      entry: 'api',
      // Not an environment variable: all variables together can have 4 KB, and schemas may be larger.
      files: props.taskTypes && { [TASK_TYPES_FILE]: JSON.stringify(props.taskTypes) },
      description: 'Creates, returns, lists and cancels tasks',
      // API Gateway ends a request after 29 seconds: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
      timeout: Duration.seconds(29),
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: {
        ...props.table.environment,
        [ENVIRONMENT.TASK_TIMEOUT_SECONDS]: Tokenization.stringifyNumber(props.taskTimeout.toSeconds()),
        [ENVIRONMENT.MAX_REQUEST_BYTES]: Tokenization.stringifyNumber(props.maxRequestSize.toBytes()),
        [ENVIRONMENT.MAX_WAIT_SECONDS]: Tokenization.stringifyNumber(props.maxPollWait.toSeconds()),
        ...(isTraced(props.resourceOptions) && { [ENVIRONMENT.X_RAY]: 'true' }),
        ...(props.resultBucket && {
          [ENVIRONMENT.RESULT_BUCKET_NAME]: props.resultBucket.bucketName,
          [ENVIRONMENT.RESULT_BUCKET_DOMAIN_NAME]: props.resultBucket.bucketRegionalDomainName,
        }),
      },
    });
    props.table.grantItems(this, 'dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    props.table.grantQueryOwners(this);
    if (props.resultBucket) this.grantGetResults(props.resultBucket);
  }

  /** Configures where a request has the owner of its tasks. Throws if that is in several places, or has an empty name. */
  public readOwnerFrom({ ownerHeader, ownerClaim, ownerContextKey, ownerIncludesIssuer }: TaskApiAuthConfig): void {
    const claimPlace = ownerIncludesIssuer ? 'issuer-and-claim' : 'claim';
    const places: [OwnerPlace, string | undefined][] = [['header', ownerHeader], [claimPlace, ownerClaim], ['context', ownerContextKey]];
    const given = places.filter(([, name]) => name !== undefined);
    if (given.length > 1) {
      const got = given.map(([place, name]) => `${place} '${name}'`).join(' and ');
      throw new Error(`auth must have at most one of ownerHeader, ownerClaim and ownerContextKey, got ${got}`);
    }
    if (given.some(([, name]) => name === '')) throw new Error("ownerHeader, ownerClaim and ownerContextKey must not be empty, got ''");
    for (const [place, name] of given) this.addEnvironment(ENVIRONMENT.OWNER, formatOwnerPlace(place, name!));
  }

  /** Configures which scripts may read the replies. */
  public allowOrigins({ allowOrigins, allowCredentials }: CorsOrigins): void {
    this.addEnvironment(ENVIRONMENT.ALLOW_ORIGINS, allowOrigins.join(','));
    if (allowCredentials) this.addEnvironment(ENVIRONMENT.ALLOW_CREDENTIALS, 'true');
  }

  /** Lets the URLs that the function signs work: they have the permissions of its role. */
  private grantGetResults(bucket: s3.IBucket): void {
    iam.Grant.addToPrincipal({ grantee: this, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects(`${RESULTS_PREFIX}*`)] });
    if (bucket.encryptionKey) grantKey(this, bucket.encryptionKey, bucket, 's3', ['kms:Decrypt']);
  }
}
