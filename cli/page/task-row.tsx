import { Component } from 'preact';
import { formatRoute } from './routes';
import { Status, STATUS_TEXT } from './status';
import { Time } from './time-view';
import type { TaskSummary } from '../../client/src/task';
import { duration } from '../src/duration';

interface Props {
  readonly task: TaskSummary;
  readonly index: number;
  /** Distance to the first row, in pixels. */
  readonly top: number;
  readonly now: number;
  /** Whether the tabulator key stops here. The arrow keys go to the other rows. */
  readonly isTabStop: boolean;
  readonly isMatch: boolean;
}

/** A row of the list. Renders again only if something of it has changed. */
export class TaskRow extends Component<Props> {
  public override shouldComponentUpdate(next: Props): boolean {
    return (Object.keys(next) as (keyof Props)[]).some((name) => next[name] !== this.props[name]);
  }

  public override render({ task, index, top, now, isTabStop, isMatch }: Props) {
    const { taskId, type, status, createdAt, endedAt } = task;
    return (
      <div
        role="row" class={isMatch ? 'row' : 'row other'} aria-rowindex={index + 2} data-id={taskId}
        style={{ transform: `translateY(${top}px)` }}
      >
        <span role="gridcell" class="cell-status"><Status status={status} /></span>
        <span role="gridcell" class="cell-type">
          <a
            href={formatRoute({ view: 'task', taskId })} tabIndex={isTabStop ? 0 : -1}
            aria-label={`${type}, ${STATUS_TEXT[status] ?? status}, task ${taskId}`}
          >
            {type}
          </a>
        </span>
        <span role="gridcell" class="cell-progress">
          {isMatch ? <Progress task={task} /> : <span class="mark-other">no longer matches the filter</span>}
        </span>
        <span role="gridcell" class="cell-task" title={taskId}>{taskId.slice(0, 8)}</span>
        <span role="gridcell" class="cell-created"><Time at={createdAt} now={now} /></span>
        <span role="gridcell" class="cell-took">{endedAt && duration(Date.parse(endedAt) - Date.parse(createdAt))}</span>
      </div>
    );
  }
}

function Progress({ task: { status, progress, error, type } }: { readonly task: TaskSummary }) {
  if (error) return <span class="text" title={error.message}><code>{error.code}</code> {error.message}</span>;
  if (status !== 'RUNNING' || !progress) return null;
  const { percent, message } = progress;
  return (
    <>
      {percent !== undefined && <progress max={100} value={percent} aria-label={`Progress of ${type}`} />}
      {percent !== undefined && <span class="percent">{Math.round(percent)} %</span>}
      {message && <span class="text" title={message}>{message}</span>}
    </>
  );
}
