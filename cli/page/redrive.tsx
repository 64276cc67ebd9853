import { useState } from 'preact/hooks';
import { useConsole } from './context';
import { Confirmation } from './dialog';
import { requestJson } from './use-loaded';
import type { DeadLetterQueueState, RedriveResult } from '../src/protocol';

interface Props {
  readonly queue: DeadLetterQueueState;
  readonly onDone: (result: RedriveResult) => void;
}

/** Redrives a queue, if it is confirmed. */
export function RedriveButton({ queue, onDone }: Props) {
  const { connection } = useConsole();
  const [isAsking, setAsking] = useState(false);
  const { name, messages, redrive } = queue;
  return (
    <>
      <button type="button" class="button primary" onClick={() => setAsking(true)}>
        Redrive<span class="for-screen-readers"> {name}</span>
      </button>
      {isAsking && (
        <Confirmation
          title={`Redrive ${name}?`} action="Redrive" dismiss="Leave them" onClose={() => setAsking(false)}
          describe={(error) => `The queue could not be redriven: ${error.message}`}
          act={async () => onDone(await requestJson(connection.send(`dead-letters/${name}/redrive`, { method: 'POST' })))}
        >
          <p>A redrive {redrive}.</p>
          <p>
            The queue has about {messages.toLocaleString()} {messages === 1 ? 'message' : 'messages'}. First fix what has made them fail, or
            they come back. A message that is redriven twice does no harm.
          </p>
        </Confirmation>
      )}
    </>
  );
}

/** What a redrive has done. */
export function RedriveSummary({ result: { redriven, left } }: { readonly result: RedriveResult }) {
  return (
    <div class={left.length > 0 ? 'callout warn' : 'callout good'} role="status">
      <p>
        <strong>{redriven.toLocaleString()} redriven</strong>
        {left.length > 0 ? `, ${left.length.toLocaleString()} left in the queue:` : '. None is left.'}
      </p>
      {left.length > 0 && (
        <ul>{left.map(({ messageId, reason }, index) => <li key={index}>{messageId && <><code>{messageId}</code>: </>}{reason}</li>)}</ul>
      )}
    </div>
  );
}
