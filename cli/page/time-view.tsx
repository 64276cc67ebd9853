import { exactTime, relativeTime } from './time';

/** How long ago a time is. The exact time shows on hover. */
export function Time({ at, now }: { readonly at: string; readonly now: number }) {
  return <time dateTime={at} title={exactTime(at)}>{relativeTime(at, now)}</time>;
}
