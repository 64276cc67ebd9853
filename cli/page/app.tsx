import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useAnnouncer } from './announcer';
import { ConnectionBanner, ConnectionState } from './connection-view';
import { Console, ConsoleContext, useConsole } from './context';
import { CreateView } from './create-view';
import { DeadLetterQueueView } from './dead-letter-queue-view';
import { DeadLettersView } from './dead-letters-view';
import { useRoute, useTitle } from './hooks';
import { Mark } from './icons';
import { ListView } from './list-view';
import { OpenTask } from './open-task';
import { formatRoute, Route } from './routes';
import { TaskView } from './task-view';

export function App(parts: Omit<Console, 'announce'>) {
  const route = useRoute();
  const [announcement, announce] = useAnnouncer();
  const page = useMemo(() => ({ ...parts, announce }), []);
  const key = keyOf(route);
  useHeadingFocus(key);
  return (
    <ConsoleContext.Provider value={page}>
      <div class="shell" data-view={route.view}>
        <a class="skip" href="#main" onClick={skipToMain}>Skip to the content</a>
        <Header route={route} />
        <main id="main" tabIndex={-1}>
          <ConnectionBanner />
          <View key={key} route={route} />
        </main>
        <p class="for-screen-readers" role="status" aria-live="polite">{announcement}</p>
      </div>
    </ConsoleContext.Provider>
  );
}

function Header({ route }: { readonly route: Route }) {
  const { settings: { identity, owner, apiUrl }, list } = useConsole();
  const link = (text: string, href: string, isCurrent: boolean) => (
    <a href={href} aria-current={isCurrent ? 'page' : undefined}>{text}</a>
  );
  return (
    <header class="header">
      <div class="bar">
        <a class="brand" href="#/"><Mark /><span>Task console</span></a>
        <nav aria-label="Views">
          {link('Tasks', formatRoute({ view: 'list', filter: list.collection.filter }), route.view === 'list' || route.view === 'task')}
          {link('Create', '#/create', route.view === 'create')}
          {link('Dead letters', '#/dead-letters', route.view === 'dead-letters')}
        </nav>
        <OpenTask />
        <ConnectionState />
      </div>
      <p class="identity">
        <span><span class="wide">Requests are sent with </span><strong>{identity}</strong></span>
        {owner && <span>for the owner <strong>{owner}</strong></span>}
        <span class="api"><span class="wide">to </span><code>{apiUrl}</code></span>
        <span>You see what this identity may see.</span>
      </p>
    </header>
  );
}

function View({ route }: { readonly route: Route }) {
  switch (route.view) {
    case 'list': return <ListView filter={route.filter} />;
    case 'task': return <TaskView taskId={route.taskId} />;
    case 'create': return <CreateView type={route.type} from={route.from} />;
    case 'dead-letters': return route.queue ? <DeadLetterQueueView queue={route.queue} /> : <DeadLettersView />;
    case 'unknown': return <UnknownView />;
  }
}

function UnknownView() {
  useTitle('Not found');
  return (
    <div class="page">
      <h1 tabIndex={-1}>There is no such page</h1>
      <p><a href="#/">Show the tasks</a></p>
    </div>
  );
}

/** Views with another key are others. Filters change the list, but not the view. */
function keyOf(route: Route): string {
  switch (route.view) {
    case 'task': return `task ${route.taskId}`;
    case 'create': return `create ${route.from ?? ''}`;
    case 'dead-letters': return `dead-letters ${route.queue ?? ''}`;
    default: return route.view;
  }
}

/** Moves the focus to the heading of a view that was navigated to, so that a screen reader says it. */
function useHeadingFocus(key: string): void {
  const shown = useRef(key);
  useEffect(() => {
    if (shown.current === key) return;
    shown.current = key;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [key]);
}

/** The hash of the URL is the route, so the link can't be followed. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')!.focus();
}
