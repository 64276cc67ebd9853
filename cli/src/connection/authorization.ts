import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { Aws } from './aws';
import type { Fetch } from '../../../client/src';
import { UsageError } from '../errors';

/** Authorizes requests to the API and connections of live updates. */
export interface Authorization {
  /** For people: who sends the requests. */
  readonly identity: string;
  /** Fails if there is nothing to authorize requests to a URL with. */
  readonly check: (url: URL) => Promise<unknown>;
  readonly fetch: Fetch;
  /** Returns the URL of a connection of live updates. */
  readonly liveUrl: (url: URL) => Promise<string>;
  /** Returns the token of a connection. Missing if the URL is enough. */
  readonly liveToken?: () => Promise<string>;
}

/** Seconds for which a signed URL can be used to connect. */
const CONNECT_SECONDS = 300;

/** Signs requests with AWS credentials (Signature Version 4). */
export function signed(aws: Aws, identity: string): Authorization {
  const signer = async (url: URL) => new SignatureV4({
    service: 'execute-api', region: regionIn(url) ?? await aws.region(), credentials: aws.credentials, sha256: Sha256,
  });
  return {
    identity,
    check: async (url) => {
      await aws.credentials();
      await signer(url);
    },
    fetch: async (address, { method, headers, body, signal }) => {
      const url = new URL(address);
      const unsigned = { method, ...partsOf(url), headers: { ...Object.fromEntries(headers), host: url.host }, body };
      const { host, ...sent } = (await (await signer(url)).sign(unsigned)).headers;
      return fetch(url, { method, headers: sent, body, signal, redirect: 'manual' });
    },
    liveUrl: async (url) => {
      const { query = {} } = await (await signer(url)).presign(
        { method: 'GET', ...partsOf(url), headers: { host: url.host } }, { expiresIn: CONNECT_SECONDS },
      );
      const presigned = new URL(url);
      // A signature is about `%20`, as RFC 3986 writes a space.
      presigned.search = String(new URLSearchParams(query as Record<string, string>)).replaceAll('+', '%20');
      return presigned.href;
    },
  };
}

/** Sends a header with each request. */
export function withHeader(name: string, value: () => Promise<string>): Authorization {
  const checked = async () => {
    const newest = await value();
    checkHeader(name, newest);
    return newest;
  };
  return {
    identity: `the header ${name}`,
    check: checked,
    fetch: async (url, { headers, ...init }) => {
      headers.set(name, await checked());
      return fetch(url, { ...init, headers, redirect: 'manual' });
    },
    liveUrl: async (url) => url.href,
    liveToken: async () => (await checked()).replace(/^Bearer +/i, ''),
  };
}

/** The client and `fetch` set these. */
const RESERVED = [
  'connection', 'content-length', 'content-type', 'expect', 'host', 'idempotency-key', 'if-none-match', 'keep-alive', 'prefer', 'te',
  'trailer', 'transfer-encoding', 'upgrade',
];

/** Throws a `UsageError` if there can be no such header. The error of `Headers` would contain the value, which can be a secret. */
export function checkHeader(name: string, value: string): void {
  if (RESERVED.includes(name.toLowerCase())) throw new UsageError(`the header '${name}' can't be chosen: the command sets it itself`);
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value.trim())) {
    throw new UsageError(`the header '${name}' can't be sent: its name or its value has a character that no header can have`);
  }
}

export const unauthorized: Authorization = {
  identity: 'no authorization',
  check: async () => {},
  fetch: (url, init) => fetch(url, { ...init, redirect: 'manual' }),
  liveUrl: async (url) => url.href,
};

/** Returns the region in the name of an API Gateway host. Domains of users have none. */
function regionIn({ hostname }: URL): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws|api\.aws)/.exec(hostname)?.[1];
}

function partsOf({ protocol, hostname, port, pathname, searchParams }: URL) {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(searchParams.keys())) query[name] = searchParams.getAll(name);
  return { protocol, hostname, port: port ? Number(port) : undefined, path: pathname, query };
}
