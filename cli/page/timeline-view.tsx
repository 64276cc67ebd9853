import { CopyButton } from './copy';
import { Status } from './status';
import { exactTime } from './time';
import { timeline } from './timeline';
import type { Task } from '../../client/src/task';
import { duration } from '../src/duration';

interface Props {
  readonly task: Task;
  readonly etag?: string;
  readonly now: number;
}

/** What has happened to a task: its statuses, what lies between them, and their events. */
export function Timeline({ task, etag, now }: Props) {
  const { taskId } = task;
  return (
    <ol class="timeline">
      {timeline(task, etag, now).map(({ status, at, eventType, version, then }) => (
        <li key={status} class={status.toLowerCase()}>
          <p class="line"><Status status={status} /><time dateTime={at} title={exactTime(at)}>{new Date(at).toLocaleString()}</time></p>
          <p class="event">
            <code>{eventType}</code> version <code>{version ?? 'unknown'}</code>
            {version !== undefined && (
              <CopyButton text={`${taskId} ${version}`} label={`Copy the task id and the version of the ${eventType}`} />
            )}
          </p>
          {then && <p class="then">{then.verb} <strong>{duration(then.ms)}</strong></p>}
        </li>
      ))}
    </ol>
  );
}
