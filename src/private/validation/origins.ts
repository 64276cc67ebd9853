import { Token } from 'aws-cdk-lib';

/**
 * Maximum length of all origins together. They are in an environment variable, and all variables of a function can have 4 KB. The
 * other ones need at most 1 KB.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_LENGTH = 3000;

/** Throws if there is no origin, or one that browsers do not send, or `*` beside others, or if they are too long. Tokens pass. */
export function validateOrigins(prop: string, origins: string[] | undefined): void {
  if (origins?.length === 0) throw new Error(`${prop} must have at least one origin, got none: omit it to disable CORS`);
  if (origins && origins.length > 1 && origins.includes('*')) {
    throw new Error(`${prop} must not have '*' beside other origins, got '${origins.join("', '")}'`);
  }
  const { length } = (origins ?? []).filter((origin) => !Token.isUnresolved(origin)).join(',');
  if (length > MAX_LENGTH) {
    throw new Error(`${prop} must have at most ${MAX_LENGTH} characters together, got ${length} in ${origins!.length} origins: `
      + "use '*', which allows all origins, or serve some of the sites from one origin");
  }
  for (const origin of origins ?? []) {
    // Must equal the header that browsers send: https://www.rfc-editor.org/rfc/rfc6454#section-6.2
    if (Token.isUnresolved(origin) || origin === '*' || isOrigin(origin)) continue;
    throw new Error(`${prop} must have origins such as 'https://app.example.com', or '*', got '${origin}'`);
  }
}

function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/,'*?#@]+$/.test(text)) return false;
  // `URL` supports web origins only; an app can have its own scheme.
  return !/^https?:/.test(text) || (URL.canParse(text) && new URL(text).origin === text);
}
