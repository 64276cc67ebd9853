import { STATUS_CODES } from 'node:http';
import { APIGatewayProxyResult } from 'aws-lambda';
import { HEADER, MEDIA_TYPE } from '../../protocol/wire';

/** An error in a request, and its place. */
export interface RequestError {
  /** JSON pointer into the body, as a URI fragment (RFC 6901). */
  readonly pointer?: string;
  /** Name of a query parameter. */
  readonly parameter?: string;
  /** Name of a header. */
  readonly header?: string;
  readonly detail: string;
}

/** Maximum number of errors in a reply. Nobody reads more. */
const MAX_ERRORS = 20;
/** Maximum length of a pointer. Keys in a body can be as long as the body. */
const MAX_POINTER = 500;

/** Headers that prevent caches from keeping a reply. */
export const NO_STORE = { [HEADER.CACHE_CONTROL]: 'no-store' };

/** Time after which to repeat a request that got a 503. */
const RETRY_AFTER_SECONDS = 5;

/** An error that is answered with problem details (RFC 9457). A 503 asks the caller to repeat the request later. */
export class Problem extends Error {
  constructor(
    public readonly status: number,
    detail: string,
    public readonly errors?: RequestError[],
    private readonly headers?: Record<string, string>,
  ) {
    super(detail);
  }

  public toResponse(): APIGatewayProxyResult {
    return {
      statusCode: this.status,
      headers: {
        [HEADER.CONTENT_TYPE]: MEDIA_TYPE.PROBLEM,
        ...NO_STORE,
        ...(this.status === 503 && { [HEADER.RETRY_AFTER]: String(RETRY_AFTER_SECONDS) }),
        ...this.headers,
      },
      body: JSON.stringify({ title: STATUS_CODES[this.status], status: this.status, detail: this.message, errors: this.shortErrors }),
    };
  }

  private get shortErrors(): RequestError[] | undefined {
    return this.errors?.slice(0, MAX_ERRORS).map((error) => ({ ...error, pointer: error.pointer?.slice(0, MAX_POINTER) }));
  }
}
