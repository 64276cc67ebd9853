const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns how long ago a time is, or how far ahead: `2 min ago`, `in 3 h`. The clocks of the computer and the API can differ a little. */
export function relativeTime(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (Number.isNaN(ms)) return at;
  if (Math.abs(ms) < 5 * SECOND) return 'just now';
  return ms > 0 ? `${roughly(ms)} ago` : `in ${roughly(-ms)}`;
}

/** Returns a duration with up to two units: `850 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  const positive = Math.max(0, ms);
  if (positive < SECOND) return `${Math.round(positive)} ms`;
  if (positive < 10 * SECOND) return `${(Math.floor(positive / 100) / 10).toFixed(1)} s`;
  if (positive < MINUTE) return `${Math.floor(positive / SECOND)} s`;
  if (positive < HOUR) return units(positive, MINUTE, 'min', SECOND, 's');
  return positive < DAY ? units(positive, HOUR, 'h', MINUTE, 'min') : units(positive, DAY, 'd', HOUR, 'h');
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

function units(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor(ms % large / small);
  return `${Math.floor(ms / large)} ${largeName}${rest ? ` ${rest} ${smallName}` : ''}`;
}
