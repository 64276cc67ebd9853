import { useState } from 'preact/hooks';
import { Command } from './copy';
import { RefreshButton } from './dead-letters-view';
import { ExternalLink } from './external-link';
import { useNow, useTitle } from './hooks';
import { ICONS } from './icons';
import { isContainer } from './json-parts';
import { JsonView } from './json-view';
import { RedriveButton, RedriveSummary } from './redrive';
import { formatRoute } from './routes';
import { sentence } from './sentence';
import { Time } from './time-view';
import { useLoaded } from './use-loaded';
import { parseJson } from '../../client/src/json';
import type { DeadLetter, DeadLetterQueueName, DeadLetterQueueState, RedriveResult } from '../src/protocol';

const LIMIT = 20;

/** Some messages of a dead-letter queue. */
export function DeadLetterQueueView({ queue: name }: { readonly queue: DeadLetterQueueName }) {
  useTitle(`Dead letters: ${name}`);
  const queues = useLoaded<DeadLetterQueueState[]>('dead-letters');
  const { data: messages, error, isLoading, reload } = useLoaded<DeadLetter[]>(`dead-letters/${name}?limit=${LIMIT}`);
  const [result, setResult] = useState<RedriveResult>();
  const now = useNow(10_000);
  const queue = queues.data?.find((each) => each.name === name);
  const problem = error ?? queues.error;
  const refresh = () => {
    queues.reload();
    reload();
  };
  const done = (redriven: RedriveResult) => {
    setResult(redriven);
    refresh();
  };
  return (
    <div class="page">
      <a class="back" href="#/dead-letters"><ICONS.back />Dead letters</a>
      <div class="title">
        <h1 tabIndex={-1}>{name}</h1>
        {queue && messages && messages.length > 0 && <RedriveButton queue={queue} onDone={done} />}
      </div>
      {queue && <p class="lead">{sentence(queue.title)}</p>}
      {queue && <p><ExternalLink href={queue.runbook}>Runbook</ExternalLink></p>}
      {result && <RedriveSummary result={result} />}
      {problem && <p class="callout bad" role="alert">The messages could not be read: {problem.message}</p>}
      {!messages && isLoading && <p class="quiet">Loading…</p>}
      {messages?.length === 0 && <p>There are no messages that can be read. One that was read a moment ago is hidden for some seconds.</p>}
      <ul class="letters">
        {messages?.map((message) => <Letter key={message.messageId} message={message} now={now} />)}
      </ul>
      {queue && messages && queue.messages > messages.length && (
        <p class="quiet">These are {messages.length} of about {queue.messages.toLocaleString()}.</p>
      )}
      <RefreshButton isLoading={isLoading} refresh={refresh} />
      <section aria-labelledby="command">
        <h2 id="command">The same in a terminal</h2>
        <Command words={['dead-letters', 'show', name]} />
        <Command words={['dead-letters', 'redrive', name]} />
      </section>
    </div>
  );
}

function Letter({ message, now }: { readonly message: DeadLetter; readonly now: number }) {
  const { sentAt, receiveCount, taskId, taskType, status, detailType, error, body, notRedrivable, messageId } = message;
  const value = parseJson(body);
  return (
    <li class="letter">
      <h2>{detailType ?? taskType ?? 'Message'}</h2>
      {error && <p class="bad message">{error}</p>}
      {notRedrivable && <p class="callout warn">A redrive leaves it here: {notRedrivable}</p>}
      <dl class="facts">
        {taskId && <div><dt>Task</dt><dd><a href={formatRoute({ view: 'task', taskId })}><code>{taskId}</code></a></dd></div>}
        {taskType && <div><dt>Type</dt><dd>{taskType}</dd></div>}
        {status && <div><dt>Status</dt><dd>{status}</dd></div>}
        <div><dt>Sent</dt><dd><Time at={sentAt} now={now} /></dd></div>
        <div><dt>Received</dt><dd>{receiveCount === 1 ? 'once' : `${receiveCount} times`}</dd></div>
        <div><dt>Message</dt><dd><code>{messageId}</code></dd></div>
      </dl>
      <details>
        <summary>Body</summary>
        {isContainer(value) ? <JsonView label="body" value={value} /> : <pre>{body}</pre>}
      </details>
    </li>
  );
}
