import { STATUS_CODES } from 'node:http';
import { APIGatewayProxyResult } from 'aws-lambda';
import { HEADER, MEDIA_TYPE } from '../../protocol/wire';

/** One thing that is wrong with a request, and where. */
export interface RequestError {
  /** A JSON pointer into the body, as a URI fragment (RFC 6901). */
  readonly pointer?: string;
  /** The name of a query parameter. */
  readonly parameter?: string;
  /** The name of a header. */
  readonly header?: string;
  readonly detail: string;
}

/** More errors would help nobody. */
const MAX_ERRORS = 20;
/** The keys of a body may be as long as the body. */
const MAX_POINTER = 500;

/** No cache may keep a reply: the next one may differ. */
export const NO_STORE = { [HEADER.CACHE_CONTROL]: 'no-store' };

/** When to send a request again that could not be answered now. */
const RETRY_AFTER_SECONDS = 5;

/** A request that can't be fulfilled, answered with problem details (RFC 9457). A 503 asks the caller to send the request again later. */
export class Problem extends Error {
  constructor(readonly status: number, detail: string, readonly errors?: RequestError[], private readonly headers?: Record<string, string>) {
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
