import { DAY, HOUR, MINUTE, SECOND } from '../src/duration';

/** Returns how long ago a time is, or how far ahead: `2 min ago`, `in 3 h`. The clocks of the computer and the API can differ a little. */
export function relativeTime(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (Number.isNaN(ms)) return at;
  if (Math.abs(ms) < 5 * SECOND) return 'just now';
  return ms > 0 ? `${roughly(ms)} ago` : `in ${roughly(-ms)}`;
}

/** Making one takes a hundred times as long as using it. */
const LOCAL_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Returns a time in the zone of the computer, and to the millisecond in UTC. */
export function exactTime(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? at : `${LOCAL_TIME.format(time)} (${at})`;
}

function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  return ms < DAY ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}
