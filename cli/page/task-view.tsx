import { useState } from 'preact/hooks';
import { useConsole } from './context';
import { Command, CopyButton } from './copy';
import { Confirmation } from './dialog';
import { Download } from './download';
import { ExternalLink } from './external-link';
import { useNow, useTitle } from './hooks';
import { ICONS } from './icons';
import { JsonView } from './json-view';
import { formatRoute } from './routes';
import { articleOf } from './runbook';
import { Status, STATUS_TEXT } from './status';
import { Time } from './time-view';
import { Timeline } from './timeline-view';
import { FollowedTask, useTask } from './use-task';
import { TaskApiError } from '../../client/src/errors';
import type { Task } from '../../client/src/task';
import { isTerminal } from '../../src/protocol/wire';

/** All about a task. */
export function TaskView({ taskId }: { readonly taskId: string }) {
  const { list } = useConsole();
  const [isAsking, setAsking] = useState(false);
  const { task, etag, error, show, retry } = useTask(taskId);
  const isMissing = !task && error instanceof TaskApiError && (error.status === 404 || error.status === 400);
  useTitle(task ? `${task.type}: ${STATUS_TEXT[task.status]?.toLowerCase() ?? task.status}` : isMissing ? 'No such task' : 'Task');
  return (
    <div class="page">
      <a class="back" href={formatRoute({ view: 'list', filter: list.collection.filter })}><ICONS.back />Tasks</a>
      <div class="title">
        <h1 tabIndex={-1}>
          <span>{task?.type ?? (isMissing ? 'No such task' : 'Task')}</span>{task && <> <Status status={task.status} isBadge /></>}
        </h1>
        {task && (isTerminal(task.status)
          ? <a class="button" href={formatRoute({ view: 'create', type: task.type, from: taskId })}>Create one like this</a>
          : <button type="button" class="button danger" onClick={() => setAsking(true)}>Cancel task</button>)}
      </div>
      <p class="task-id"><code>{taskId}</code><CopyButton text={taskId} label="Copy the task id" /></p>
      {isMissing && (
        <p role="alert">
          There is no task with this id, or it belongs to somebody else. The id must be complete. Tasks that have ended are removed after
          some time: 7 days, if the TaskManager has no other setting.
        </p>
      )}
      {error && !isMissing && (
        <div class="callout bad" role="alert">
          <p>The task could not be read: {error.message}.{task && ' What you see may be old.'}</p>
          <button type="button" class="button" onClick={retry}>Try again</button>
        </div>
      )}
      {!task && !error && <p class="quiet">Loading…</p>}
      {task && <TaskDetails task={task} etag={etag} show={show} />}
      {task && isAsking && <CancelDialog task={task} show={show} onClose={() => setAsking(false)} />}
    </div>
  );
}

interface DetailsProps extends Pick<FollowedTask, 'etag' | 'show'> {
  readonly task: Task;
}

function TaskDetails({ task, etag, show }: DetailsProps) {
  const { taskId, status, progress, payload, result, createdAt, updatedAt, endedAt, deadlineAt } = task;
  const hasEnded = isTerminal(status);
  // The duration of what goes on grows; all other times are old news.
  const now = useNow(hasEnded ? 10_000 : 1_000);
  return (
    <>
      {!hasEnded && <Progress progress={progress} status={status} />}
      {task.error && <Failure error={task.error} />}
      <Download task={task} now={now} show={show} />
      <div class="columns">
        <div class="main-column">
          {result !== undefined && (
            <section aria-labelledby="result"><h2 id="result">Result</h2><JsonView label="result" value={result} /></section>
          )}
          <section aria-labelledby="payload">
            <h2 id="payload">Payload</h2>
            {payload === undefined ? <p class="quiet">It was created without a payload.</p> : <JsonView label="payload" value={payload} />}
          </section>
        </div>
        <div class="side-column">
          <section aria-labelledby="history"><h2 id="history">History</h2><Timeline task={task} etag={etag} now={now} /></section>
          <section aria-labelledby="times">
            <h2 id="times">Times</h2>
            <dl class="facts">
              <div><dt>Created</dt><dd><Time at={createdAt} now={now} /></dd></div>
              <div><dt>Last change</dt><dd><Time at={updatedAt} now={now} /></dd></div>
              {endedAt
                ? <div><dt>Ended</dt><dd><Time at={endedAt} now={now} /></dd></div>
                : <div><dt>Deadline</dt><dd><Time at={deadlineAt} now={now} />, then it fails</dd></div>}
            </dl>
          </section>
        </div>
      </div>
      <section aria-labelledby="command">
        <h2 id="command">The same in a terminal</h2>
        <Command words={[hasEnded ? 'get' : 'watch', taskId]} />
        {!hasEnded && <Command words={['cancel', taskId]} />}
      </section>
    </>
  );
}

function Progress({ progress, status }: Pick<Task, 'progress' | 'status'>) {
  const { percent, message } = progress ?? {};
  return (
    <div class="progress">
      <progress max={100} value={percent} aria-label="Progress" />
      <p>
        {percent !== undefined && <span class="percent">{Math.round(percent)} % </span>}
        {message ?? (status === 'PENDING' && 'It has not started yet')}
      </p>
    </div>
  );
}

function Failure({ error: { code, message } }: { readonly error: NonNullable<Task['error']> }) {
  const article = articleOf(code);
  return (
    <section class="callout bad" aria-labelledby="error">
      <h2 id="error"><ICONS.FAILED />{code}</h2>
      <p class="message">{message}</p>
      {article && <p><ExternalLink href={article}>What this means, and what to do</ExternalLink></p>}
    </section>
  );
}

interface CancelProps {
  readonly task: Task;
  readonly show: (task: Task) => void;
  readonly onClose: () => void;
}

function CancelDialog({ task: { taskId, type }, show, onClose }: CancelProps) {
  const { client } = useConsole();
  const describe = (error: Error) => error instanceof TaskApiError && error.status === 409
    ? 'The task could not be cancelled: it had ended before.'
    : `The task could not be cancelled: ${error.message}`;
  return (
    <Confirmation
      title="Cancel this task?" action="Cancel task" dismiss="Keep it" isDangerous describe={describe} onClose={onClose}
      act={async () => show(await client.cancel(taskId))}
    >
      <p><strong>{type}</strong> <code>{taskId}</code></p>
      <p>
        It becomes CANCELLED at once and for good, and its listeners get a TaskCancelledEvent. The work itself stops only if its processor
        looks for cancellations. What it reports later is ignored.
      </p>
    </Confirmation>
  );
}
