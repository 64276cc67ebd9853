import { useId } from 'preact/hooks';
import { useConsole } from './context';
import { Age, ALL_TASKS, formatRoute, isSameFilter, parseRoute, TaskFilter } from './routes';
import { Status } from './status';
import { TASK_STATUSES, TaskStatus } from '../../src/protocol/wire';

const AGE_TEXT: Record<Age, string> = { '15m': 'Last 15 minutes', '1h': 'Last hour', '1d': 'Last 24 hours', '7d': 'Last 7 days' };

/** The filters of the list. They are in the URL, so that a reload, a link and the buttons of the browser work. */
export function Filters({ filter, types }: { readonly filter: TaskFilter; readonly types: ReadonlySet<string> }) {
  const { settings: { taskTypes } } = useConsole();
  const id = useId();
  const change = (part: Partial<TaskFilter>) => {
    location.hash = formatRoute({ view: 'list', filter: { ...filterInUrl(), ...part } });
    // The browser sends this event later, and until then the controls would have their old values.
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  const toggle = (status: TaskStatus) => {
    const { status: before } = filterInUrl();
    change({ status: before.includes(status) ? before.filter((each) => each !== status) : [...before, status] });
  };
  const changeType = (event: { readonly currentTarget: { readonly value: string } }) => (
    change({ type: event.currentTarget.value.trim() || undefined })
  );
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <div class="chips" role="group" aria-label="Status">
        {TASK_STATUSES.map((status) => (
          <button key={status} type="button" class="chip" aria-pressed={filter.status.includes(status)} onClick={() => toggle(status)}>
            <Status status={status} />
          </button>
        ))}
      </div>
      <div class="selects">
        {taskTypes
          ? (
            <select class="input" aria-label="Type" value={filter.type ?? ''} onChange={changeType}>
              <option value="">All types</option>
              {withChosen(taskTypes, filter.type).map((type) => <option key={type} value={type}>{type}</option>)}
            </select>
          )
          : (
            <>
              <input
                class="input" aria-label="Type" placeholder="All types" list={id} value={filter.type ?? ''}
                autocomplete="off" spellcheck={false} onChange={changeType}
              />
              <datalist id={id}>{[...types].sort().map((type) => <option key={type} value={type} />)}</datalist>
            </>
          )}
        <select
          class="input" aria-label="Age" value={filter.age ?? ''}
          onChange={({ currentTarget: { value } }) => change({ age: value ? value as Age : undefined })}
        >
          <option value="">Any age</option>
          {Object.entries(AGE_TEXT).map(([age, text]) => <option key={age} value={age}>{text}</option>)}
        </select>
        {!isSameFilter(filter, ALL_TASKS) && <a class="button plain" href="#/">Clear</a>}
      </div>
    </form>
  );
}

/** Returns the filter in the URL, which can be newer than what is shown. */
function filterInUrl(): TaskFilter {
  const route = parseRoute(location.hash);
  return route.view === 'list' ? route.filter : ALL_TASKS;
}

/** Returns the task types to choose from. One that is chosen is among them, even if the document does not know it. */
export function withChosen(taskTypes: readonly { readonly type: string }[], chosen: string | undefined): string[] {
  return [...new Set([...taskTypes.map(({ type }) => type), ...chosen ? [chosen] : []])];
}
