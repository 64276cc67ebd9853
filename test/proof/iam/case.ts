/** A request, and whether it must be allowed. */
export interface Case {
  /** A role of the templates by its name, or a service. */
  readonly principal: string;
  readonly action: string;
  /** The ARN. */
  readonly resource: string;
  readonly context: Record<string, string | string[]>;
  readonly allowed: boolean;
  /** What a denied request stands for. */
  readonly as?: string;
}

export const OVER_TLS = { 'aws:SecureTransport': 'true' };

export function allow(principal: string, action: string, resource: string, context: Case['context'] = {}): Case {
  return { principal, action, resource, context, allowed: true };
}

export function deny(principal: string, action: string, resource: string, as: string, context: Case['context'] = {}): Case {
  return { principal, action, resource, context, allowed: false, as };
}

/** A role's use of a queue, which it must not make over plain HTTP. */
export function useQueue(role: string, action: string, queue: string): Case[] {
  return [allow(role, action, queue, OVER_TLS), deny(role, action, queue, 'over plain HTTP', { 'aws:SecureTransport': 'false' })];
}

export function describe({ principal, action, resource, context, as }: Case): string {
  return `${principal} ▸ ${action} on ${resource} ${JSON.stringify(context)}${as ? ` (${as})` : ''}`;
}
