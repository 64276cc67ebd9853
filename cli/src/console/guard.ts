import { createHash, timingSafeEqual } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Answer, hostsOf, NOT_FOUND, problem } from './answer';

/** A request of the console's own page. */
export interface Admitted {
  /** Path below the token, such as `api/tasks`. Nothing in it is decoded. */
  readonly path: string;
  /** With its question mark, unless it is empty. */
  readonly query: string;
}

/** Admits only requests of the console's own page. */
export class Guard {
  private readonly hosts: readonly string[];
  private readonly tokenHash: Buffer;

  constructor(port: number, token: string) {
    this.hosts = hostsOf(port);
    this.tokenHash = hashOf(token);
  }

  /** Returns what a request asks for, or the answer that refuses it. */
  public check({ method, url, headersDistinct }: IncomingMessage): Admitted | Answer {
    const { host, origin, upgrade, 'sec-fetch-site': site } = headersDistinct;
    // Another name that resolves to this computer is an attack: DNS rebinding makes the pages of its owner same-origin with the console.
    if (host?.length !== 1 || !this.hosts.includes(host[0])) return problem(403, `the Host must be ${this.hosts.join(' or ')}`);
    if (origin ? origin.length !== 1 || origin[0] !== `http://${host[0]}` : method !== 'GET' || upgrade) {
      return problem(403, `the Origin must be http://${host[0]}`);
    }
    // Absolute URLs are for proxies. Node.js does not compare their host with the header.
    const [, token, path, query] = /^\/([^/?]*)\/([^?]*)(.*)$/s.exec(url!) ?? [];
    const isPage = method === 'GET' && path === '';
    if (site && !site.every((value) => value === 'same-origin' || (value === 'none' && isPage))) {
      return problem(403, 'only the page of the console may send this request');
    }
    if (token === undefined || !timingSafeEqual(hashOf(token), this.tokenHash)) return NOT_FOUND;
    return { path, query };
  }
}

/** Hashes have the same length, as the comparison in constant time requires. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
