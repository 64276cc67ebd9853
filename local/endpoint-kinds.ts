/** Kinds of APIs that commands can use. */
export const ENDPOINT_KINDS = ['rest', 'http'] as const;
export type EndpointKind = typeof ENDPOINT_KINDS[number];
