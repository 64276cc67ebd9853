import { Token } from 'aws-cdk-lib';

/** Throws when origins, known at synthesis, are not what browsers send, or are redundant. */
export function validateOrigins(prop: string, origins: string[] | undefined): void {
  if (origins?.length === 0) throw new Error(`${prop} must have at least one origin, got none: leave it out to have no CORS`);
  if (origins && origins.length > 1 && origins.includes('*')) throw new Error(`${prop} must have '*' alone, got '${origins.join("', '")}'`);
  for (const origin of origins ?? []) {
    // As browsers send it: https://www.rfc-editor.org/rfc/rfc6454#section-6.2
    if (Token.isUnresolved(origin) || origin === '*' || isOrigin(origin)) continue;
    throw new Error(`${prop} must be origins, as 'https://app.example.com', or '*', got '${origin}'`);
  }
}

function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/,'*?#@]+$/.test(text)) return false;
  // `URL` knows the origins of the web only; an app may have a scheme of its own.
  return !/^https?:/.test(text) || (URL.canParse(text) && new URL(text).origin === text);
}
