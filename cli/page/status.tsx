import type { ComponentChildren } from 'preact';
import { ICONS } from './icons';
import type { TaskStatus } from '../../src/protocol/wire';

export const STATUS_TEXT: Record<TaskStatus, string> = {
  PENDING: 'Pending',
  RUNNING: 'Running',
  SUCCESSFUL: 'Successful',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
};

interface Props {
  readonly status: TaskStatus;
  readonly isBadge?: boolean;
}

/** A status as icon and text, in its color. */
export function Status(props: Props) {
  return <StatusLabel {...props}>{STATUS_TEXT[props.status] ?? props.status}</StatusLabel>;
}

/** The icon of a status, and a text in its color. */
export function StatusLabel({ status, isBadge, children }: Props & { readonly children: ComponentChildren }) {
  // A later version of the API may have more.
  const Icon = ICONS[status] ?? ICONS.PENDING;
  return <span class={`status ${status.toLowerCase()}${isBadge ? ' badge' : ''}`}><Icon /><span>{children}</span></span>;
}
