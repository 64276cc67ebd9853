import { useState } from 'preact/hooks';
import { useConsole } from './context';
import { Command } from './copy';
import { ExternalLink } from './external-link';
import { useTitle } from './hooks';
import { ICONS } from './icons';
import { RedriveButton, RedriveSummary } from './redrive';
import { formatRoute } from './routes';
import { sentence } from './sentence';
import { useLoaded } from './use-loaded';
import type { DeadLetterQueueState, RedriveResult } from '../src/protocol';

/** The dead-letter queues, and what to do with their messages. */
export function DeadLettersView() {
  const { settings } = useConsole();
  useTitle('Dead letters');
  return (
    <div class="page">
      <h1 tabIndex={-1}>Dead letters</h1>
      <p class="lead">Messages that could not be handled wait in these queues for 14 days. A healthy TaskManager has none.</p>
      {settings.deadLetters ? <Queues /> : (
        <div class="callout">
          <p>The console does not know the queues. Start it with the name of the stack, whose outputs have their URLs:</p>
          <pre><code>{[...settings.command, 'console', '--stack', '<name>'].join(' ')}</code></pre>
        </div>
      )}
    </div>
  );
}

function Queues() {
  const { data: queues, error, isLoading, reload } = useLoaded<DeadLetterQueueState[]>('dead-letters');
  const [results, setResults] = useState<Partial<Record<string, RedriveResult>>>({});
  const redriven = (result: RedriveResult) => {
    setResults((last) => ({ ...last, [result.queue]: result }));
    reload();
  };
  return (
    <>
      {error && <p class="callout bad" role="alert">The queues could not be read: {error.message}</p>}
      {!queues && !error && <p class="quiet">Loading…</p>}
      <ul class="queues">
        {queues?.map((queue) => (
          <li key={queue.name} class={queue.messages > 0 ? 'queue full' : 'queue'}>
            <QueueHead queue={queue} />
            <p>{sentence(queue.title)}</p>
            <p class="quiet"><strong>Redrive:</strong> {sentence(queue.redrive)}</p>
            <div class="buttons">
              {queue.messages > 0 && (
                <>
                  <a class="button" href={formatRoute({ view: 'dead-letters', queue: queue.name })}>
                    Show messages<span class="for-screen-readers"> of {queue.name}</span>
                  </a>
                  <RedriveButton queue={queue} onDone={redriven} />
                </>
              )}
              <ExternalLink href={queue.runbook} about={queue.name}>Runbook</ExternalLink>
            </div>
            {results[queue.name] && <RedriveSummary result={results[queue.name]!} />}
          </li>
        ))}
      </ul>
      <RefreshButton isLoading={isLoading} refresh={reload} />
      <section aria-labelledby="command">
        <h2 id="command">The same in a terminal</h2>
        <Command words={['dead-letters', 'list']} />
      </section>
    </>
  );
}

function QueueHead({ queue: { name, messages, hidden } }: { readonly queue: DeadLetterQueueState }) {
  return (
    <div class="queue-head">
      <h2>{name}</h2>
      <p class="count">
        {messages === 0 ? <ICONS.SUCCESSFUL /> : <ICONS.warning />}
        <span><strong>{messages.toLocaleString()}</strong> {messages === 1 ? 'message' : 'messages'}</span>
        {hidden > 0 && (
          <span class="quiet" title="Somebody has read them a moment ago, or they are being redriven">
            and {hidden.toLocaleString()} being read
          </span>
        )}
      </p>
    </div>
  );
}

export function RefreshButton({ isLoading, refresh }: { readonly isLoading: boolean; readonly refresh: () => void }) {
  return (
    <p class="buttons">
      <button type="button" class="button" aria-disabled={isLoading} onClick={refresh}>{isLoading ? 'Loading…' : 'Refresh'}</button>
    </p>
  );
}
