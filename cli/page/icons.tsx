import type { ComponentChildren } from 'preact';

function icon(children: ComponentChildren, className = '') {
  return (
    <svg class={`icon ${className}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">{children}</svg>
  );
}

/** Drawn with lines of the color of the text. */
export const ICONS = {
  PENDING: () => icon(<><circle cx="8" cy="8" r="6" stroke-dasharray="2.4 2.3" /></>),
  RUNNING: () => icon(<><circle cx="8" cy="8" r="6" opacity=".3" /><path class="turning" d="M8 2a6 6 0 0 1 6 6" /></>),
  SUCCESSFUL: () => icon(<><circle cx="8" cy="8" r="6" /><path d="m5.4 8.2 1.8 1.8 3.4-3.8" /></>),
  FAILED: () => icon(<><circle cx="8" cy="8" r="6" /><path d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2" /></>),
  CANCELLED: () => icon(<><circle cx="8" cy="8" r="6" /><path d="M5.4 8h5.2" /></>),
  copy: () => icon(
    <><rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M10.5 3.3a.8.8 0 0 0-.8-.8H3.3a.8.8 0 0 0-.8.8v6.4c0 .4.3.8.8.8" /></>,
  ),
  check: () => icon(<path d="m3.5 8.5 3 3 6-7" />),
  plus: () => icon(<path d="M8 3.5v9m-4.5-4.5h9" />),
  back: () => icon(<path d="M9.5 3.5 5 8l4.5 4.5" />),
  up: () => icon(<path d="M8 13V3.5M4 7.3l4-4 4 4" />),
  download: () => icon(<path d="M8 2.5v7m-3.2-3L8 9.7l3.2-3.2M3 13h10" />),
  external: () => icon(<path d="M9.5 3H13v3.5M13 3 7.5 8.5M11 9.5V12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1h2.5" />, 'after'),
  warning: () => icon(<><path d="M8 2.5 14 13H2z" /><path d="M8 6.5v3m0 1.6v.1" /></>),
  remove: () => icon(<path d="m4.5 4.5 7 7m0-7-7 7" />),
};

/** The mark of the project. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" width="24" height="24" aria-hidden="true" focusable="false">
      <rect width="16" height="16" rx="4" /><path d="m4.5 8.3 2.4 2.4 4.6-5.2" />
    </svg>
  );
}
