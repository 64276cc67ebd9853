/** A request that must be allowed or denied. */
export interface Case {
  /** The name of a role, a service, `ANONYMOUS` or `OUTSIDER`. */
  readonly principal: string;
  readonly action: string;
  /** The ARN of the resource. */
  readonly resource: string;
  readonly context: Record<string, string | string[]>;
  readonly allowed: boolean;
  /** Why the request is denied. */
  readonly as?: string;
}

/** Who does not sign requests. */
export const ANONYMOUS = 'anonymous';

/** A role of another account, which lets it do everything. */
export const OUTSIDER = 'outsider';

export const OVER_TLS = { 'aws:SecureTransport': 'true' };

export function allow(principal: string, action: string, resource: string, context: Case['context'] = {}): Case {
  return { principal, action, resource, context, allowed: true };
}

export function deny(principal: string, action: string, resource: string, as: string, context: Case['context'] = {}): Case {
  return { principal, action, resource, context, allowed: false, as };
}

/** Returns the use of a queue by a role, which is denied over plain HTTP. */
export function useQueue(role: string, action: string, queue: string): Case[] {
  return [allow(role, action, queue, OVER_TLS), deny(role, action, queue, 'over plain HTTP', { 'aws:SecureTransport': 'false' })];
}

/** Returns the ARN of the resource that has the policy for a request: of an object the bucket, of a method the API. */
export function guarded({ resource }: Case): string {
  return /^arn:aws:(s3:::|execute-api:)[^/]+/.exec(resource)?.[0] ?? resource;
}

export function describe({ principal, action, resource, context, as }: Case): string {
  return `${principal} ▸ ${action} on ${resource} ${JSON.stringify(context)}${as ? ` (${as})` : ''}`;
}
