import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;
const PATIENCE_MS = 60_000;

export interface HealthOptions {
  readonly url: string;
  /** Identity of the engine, which the reply must have. */
  readonly identity: string;
  readonly ended: Promise<{ readonly code?: number; readonly error?: Error }>;
  readonly signal?: AbortSignal;
}

/** Waits until the engine responds. If it never will, returns what happened instead. Rejects only when aborted. */
export async function waitUntilHealthy(options: HealthOptions): Promise<string | undefined> {
  let ended: string | undefined;
  void options.ended.then(({ code, error }) => ended = error ? `did not start: ${error.message}` : `ended with code ${code ?? 'none'}`);

  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    options.signal?.throwIfAborted();
    if (await edition(options.url) === options.identity) {
      return undefined;
    }
    if (ended) {
      return ended;
    }
    await delay(POLL_MS);
  }
  return `did not respond within ${PATIENCE_MS / 1000} seconds`;
}

async function edition(url: string): Promise<unknown> {
  return new Promise((resolve) => {
    // No agent: the engine waits for open connections when it stops.
    const request = get(`${url}/_ministack/health`, { agent: false, timeout: 1_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => body += text).on('end', () => resolve(parse(body)?.edition));
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy()).on('error', () => resolve(undefined));
  });
}

function parse(body: string): { edition?: unknown } | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
