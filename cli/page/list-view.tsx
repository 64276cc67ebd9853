import { useEffect, useState } from 'preact/hooks';
import { listWords } from './command';
import { useConsole } from './context';
import { Command } from './copy';
import { Filters } from './filters';
import { useTitle } from './hooks';
import { ICONS } from './icons';
import type { TaskFilter } from './routes';
import { STATUS_TEXT, StatusLabel } from './status';
import { useStore } from './store';
import type { TaskList } from './task-list';
import { TaskTable } from './task-table';
import { TASK_STATUSES } from '../../src/protocol/wire';

/** The list of tasks. */
export function ListView({ filter }: { readonly filter: TaskFilter }) {
  const { list } = useConsole();
  // Before the table is rendered for the first time, or it would show the tasks of another filter for a moment.
  useState(() => list.open(filter));
  useEffect(() => list.open(filter), [JSON.stringify(filter)]);
  useStore(list);
  useTitle('Tasks');
  return (
    <>
      <div class="list-head">
        <div class="title">
          <h1 tabIndex={-1}>Tasks</h1>
          <a class="button primary" href="#/create"><ICONS.plus />Create task</a>
        </div>
        <Filters filter={filter} types={list.types} />
      </div>
      <TaskTable list={list} empty={<Empty list={list} />} end={<End list={list} />} />
      <div class="list-foot">
        <Counts list={list} />
        <Command words={listWords(filter)} />
      </div>
    </>
  );
}

/** Says how many tasks are loaded. The API does not count the others. */
function Counts({ list: { collection, isLoading } }: { readonly list: TaskList }) {
  const loaded = collection.ids.length;
  if (loaded === 0 && isLoading) return <p class="counts">Loading…</p>;
  return (
    <p class="counts">
      <span>{loaded.toLocaleString()} loaded{collection.hasMore ? ', more to load' : ''}</span>
      {TASK_STATUSES.filter((status) => collection.count(status) > 0).map((status) => (
        <StatusLabel key={status} status={status}>
          {collection.count(status).toLocaleString()} <span>{STATUS_TEXT[status].toLowerCase()}</span>
        </StatusLabel>
      ))}
    </p>
  );
}

function Empty({ list }: { readonly list: TaskList }) {
  const { collection, isLoading, error } = list;
  if (isLoading || error || collection.hasMore) return null;
  const { status, type, age } = collection.filter;
  const isFiltered = status.length > 0 || type || age;
  return (
    <div class="empty">
      <h2>{isFiltered ? 'No task matches' : 'No tasks yet'}</h2>
      {isFiltered
        ? <p>New tasks that match show up here by themselves. <a href="#/">Show all tasks</a></p>
        : <p>Tasks show up here by themselves as soon as somebody creates them. <a href="#/create">Create the first one</a></p>}
    </div>
  );
}

/** What follows the last row. */
function End({ list }: { readonly list: TaskList }) {
  const { collection, isLoading, error } = list;
  if (error) {
    return (
      <div class="end" role="alert">
        <p class="bad">The tasks could not be loaded: {error.message}</p>
        <button type="button" class="button" onClick={() => void list.loadMore()}>Try again</button>
      </div>
    );
  }
  if (collection.hasMore) {
    return (
      <div class="end">
        {list.hasFoundNothing && (
          <p>No {collection.ids.length > 0 ? 'further ' : ''}task matches so far. There are older ones to search.</p>
        )}
        <button type="button" class="button" aria-disabled={isLoading} onClick={() => void list.loadMore()}>
          {isLoading ? 'Loading…' : 'Load more'}
        </button>
      </div>
    );
  }
  if (collection.ids.length === 0) return null;
  return <p class="end quiet">{collection.filter.age ? 'No older tasks of this age' : 'No older tasks'}</p>;
}
