import type { ComponentChildren } from 'preact';
import { ICONS } from './icons';

interface Props {
  readonly href: string;
  readonly children: ComponentChildren;
  /** Says to screen readers what the link is about, if its text does not. */
  readonly about?: string;
}

/** A link to another site, which does not learn where the visitor comes from. */
export function ExternalLink({ href, children, about }: Props) {
  return (
    <a href={href} target="_blank" rel="noreferrer">
      {children}<ICONS.external /><span class="for-screen-readers">{about && ` about ${about}`} (opens a new tab)</span>
    </a>
  );
}
