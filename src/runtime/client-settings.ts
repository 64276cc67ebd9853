/**
 * What the functions ask of the SDK's clients. By default a call that nobody answers is waited for until the function's own time is up, and
 * the request with it: three attempts of these end before that, within 18 of 29 seconds.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  // Nothing is added to a client's middleware after its first call: it is put together once, not for each.
  cacheMiddleware: true,
};
