/** Thrown for a token that opens no connection. The message says why in fixed words, so that it can be logged. */
export class TokenRefused extends Error {}
