import { buildQueryString, escapeUri } from '@smithy/core/protocols';
import type { SignatureV4 } from '@smithy/signature-v4';
import { TaskResultObject } from '../../protocol/wire';
import { objectRequest, objectSigner, resultBucketUrl } from '../support/bucket-url';
import { isResultKey } from '../task/result-key';
import { Task } from '../task/task';

/** How long a URL is valid. S3 also refuses it when the credentials of the function expire, so it can end sooner. */
const VALID_SECONDS = 15 * 60;

/** The bucket, and where S3 answers requests for its objects. */
export interface ResultBucket {
  readonly region: string;
  /** URL of the bucket. */
  readonly url: URL;
}

/** A URL that downloads the result of a task. */
export interface ResultUrl {
  readonly resultUrl: string;
  readonly resultUrlExpiresAt: string;
}

/** Signs URLs that download results from the result bucket. */
export class ResultUrls {
  /** Makes it from the environment that the constructs set; undefined without a result bucket. */
  public static fromEnvironment(): ResultUrls | undefined {
    const url = resultBucketUrl();
    return url && new ResultUrls({ region: process.env.AWS_REGION!, url });
  }

  private readonly signer: SignatureV4;

  constructor(private readonly bucket: ResultBucket) {
    this.signer = objectSigner(bucket.region);
  }

  /** Returns a URL for the result object of a task; undefined if it has none. The object of another task counts as none. */
  public async sign(task: Task, now: Date): Promise<ResultUrl | undefined> {
    const { resultObject } = task;
    if (!resultObject || !isResultKey(resultObject.key, task)) return undefined;
    const { protocol, host } = this.bucket.url;
    const { headers, ...request } = objectRequest(this.bucket.url, resultObject.key);
    const { path, query } = await this.signer.presign({
      ...request,
      method: 'GET',
      query: responseHeaders(resultObject),
      // The host and this header are what S3 requires of a signature: the body of the response is not known yet.
      headers: { ...headers, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
    }, { expiresIn: VALID_SECONDS, signingDate: now });
    return {
      resultUrl: `${protocol}//${host}${path}?${buildQueryString(query!)}`,
      resultUrlExpiresAt: new Date(now.getTime() + VALID_SECONDS * 1000).toISOString(),
    };
  }
}

/**
 * Returns parameters that set headers of the download. It is always an attachment, so that a browser shows no page that a processor wrote.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
function responseHeaders({ contentType, fileName }: TaskResultObject): Record<string, string> {
  return {
    'response-content-disposition': fileName === undefined ? 'attachment' : attachment(fileName),
    ...(contentType !== undefined && { 'response-content-type': contentType }),
  };
}

/** Returns the value of Content-Disposition (RFC 6266): the name in ASCII for old clients, and as it is (RFC 8187). */
function attachment(fileName: string): string {
  const ascii = fileName.replace(/[^ -~]|["\\%/]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${escapeUri(fileName)}`;
}
