import { useEffect, useRef } from 'preact/hooks';
import type { Connection, Trouble } from './connection';
import { useConsole } from './context';
import { sentence } from './sentence';
import { useStore } from './store';

/** How the page is connected, in a word. Always in sight. */
export function ConnectionState() {
  const { connection, announce } = useConsole();
  useStore(connection);
  const { tone, text, title } = stateOf(connection);
  const said = useRef(text);
  useEffect(() => {
    if (said.current === text) return;
    said.current = text;
    announce(`Connection: ${text}.`);
  }, [text]);
  return (
    <p class={`connection ${tone}`} title={title}>
      <span class="dot" aria-hidden="true" /><span><span class="for-screen-readers">Connection: </span>{text}</span>
    </p>
  );
}

function stateOf({ trouble, socket }: Connection): { tone: string; text: string; title: string } {
  switch (trouble?.kind) {
    case 'stopped': return { tone: 'bad', text: 'Stopped', title: 'The program of the console has ended' };
    case 'replaced': return { tone: 'bad', text: 'Replaced', title: 'Another console runs at this port' };
    case 'refused': return { tone: 'bad', text: 'Refused', title: 'The API refuses the requests' };
    case 'unavailable': return { tone: 'bad', text: 'Offline: trying again', title: 'The API can not be reached' };
  }
  switch (socket) {
    case 'live': return { tone: 'good', text: 'Live', title: 'Changes arrive at once' };
    case 'opening': return { tone: '', text: 'Connecting…', title: 'The live updates are being connected' };
    case 'lost': return { tone: 'warn', text: 'Polling every 10 s', title: 'The live updates are not connected: trying again' };
    case 'none': return { tone: '', text: 'Polling every 10 s', title: 'This console has no live updates' };
  }
}

/** Says what keeps the page from working, and what to do. */
export function ConnectionBanner() {
  const { connection } = useConsole();
  const { trouble } = useStore(connection);
  if (!trouble) return null;
  return (
    <div class="banner" role="alert">
      <p><Advice trouble={trouble} /></p>
      <button type="button" class="button" onClick={() => void connection.probe()}>Try now</button>
    </div>
  );
}

function Advice({ trouble }: { readonly trouble: Trouble }) {
  switch (trouble.kind) {
    case 'stopped': return (
      <><strong>The console has stopped.</strong> Start it again in the terminal. What you see here may be old.</>
    );
    case 'replaced': return (
      <><strong>The console was started again.</strong> It has a new address now: open the one that it has printed.</>
    );
    case 'refused': return (
      <>
        <strong>The API refuses the requests ({trouble.status}).</strong> It says: {sentence(trouble.detail)}{' '}
        {trouble.status === 401
          ? 'The credentials or the header value may have expired: sign in anew, and start the console again.'
          : 'The identity needs the permission execute-api:Invoke on this API. Give it that, or start the console with another profile.'}
      </>
    );
    case 'unavailable': return (
      <><strong>Offline: trying again.</strong> {sentence(trouble.detail)} What you see here may be old.</>
    );
  }
}
