import { useEffect, useRef } from 'preact/hooks';
import { useConsole } from './context';
import { formatRoute } from './routes';

/** Opens a task by its id, which a support person has from a ticket, a log line, or the list, which shows the beginnings of ids. */
export function OpenTask() {
  const { list } = useConsole();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isEditable(event.target)) return;
      event.preventDefault();
      input.current!.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);
  const open = (event: Event) => {
    event.preventDefault();
    const id = input.current!.value.trim();
    if (!id) return;
    const matches = list.collection.ids.filter((taskId) => taskId.startsWith(id));
    const taskId = matches.length === 1 ? matches[0] : id;
    input.current!.value = '';
    location.hash = formatRoute({ view: 'task', taskId });
  };
  return (
    <form class="open-task" role="search" onSubmit={open}>
      <input
        ref={input} type="search" class="input" aria-label="Open a task by its id" placeholder="Task id"
        autocomplete="off" spellcheck={false}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function isEditable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}
