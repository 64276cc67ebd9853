import { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { useConsole } from './context';
import { useNow } from './hooks';
import { ICONS } from './icons';
import type { TaskPlace } from './task-collection';
import type { TaskList } from './task-list';
import { TaskRow } from './task-row';
import { VirtualRange, virtualRange } from './virtual-range';

/** The next page is loaded when so many rows or fewer are left below the window. */
const ROWS_AHEAD = 40;

const TICK_MS = 10_000;

/** Rows in sight are read again so often. */
const REFRESH_MS = 60_000;

interface Props {
  readonly list: TaskList;
  /** Shown if there are no rows. */
  readonly empty: ComponentChildren;
  /** Shown after the last row. */
  readonly end: ComponentChildren;
}

/** The rows of the list. Only those in sight are in the document. */
export function TaskTable({ list, empty, end }: Props) {
  const { announce } = useConsole();
  const { collection } = list;
  const scroller = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const [, render] = useReducer((renders: number, _: void) => renders + 1, 0);
  /** What was measured, and the rows that are rendered. Nothing is measured while somebody scrolls: that would cost a layout each time. */
  const view = useRef({ rowHeight: 44, headHeight: 0, height: 0, range: { start: 0, end: 0 } as VirtualRange });
  /** The row at the top of the window. If others come before it, the window goes with it. */
  const anchor = useRef<{ readonly place: TaskPlace; readonly index: number } | undefined>(undefined);
  const shown = useRef(collection);
  const now = useNow(TICK_MS);
  const refreshedAt = useRef(now);

  const { ids } = collection;
  const activeIndex = list.activeId === undefined ? -1 : indexOf(list, list.activeId);

  /** Renders the rows at the place of the window, and loads more if few are left. */
  const update = () => {
    const { scrollTop } = list;
    const { rowHeight, height, range } = view.current;
    const index = Math.floor(scrollTop / rowHeight);
    const top = collection.get(collection.ids[index] ?? '');
    anchor.current = top && { place: top, index };
    list.setUnseen(Math.min(list.unseen, Math.ceil(scrollTop / rowHeight)));
    const next = virtualRange(scrollTop, height, rowHeight, collection.ids.length);
    if (next.end + ROWS_AHEAD > collection.ids.length && !list.error && !list.hasFoundNothing) void list.loadMore();
    if (next.start === range.start && next.end === range.end) return;
    view.current.range = next;
    render();
  };

  const moveTo = (scrollTop: number) => {
    scroller.current!.scrollTop = scrollTop;
    list.scrollTop = scroller.current!.scrollTop;
  };

  useLayoutEffect(() => {
    const measure = () => {
      view.current.rowHeight = probe.current!.getBoundingClientRect().height;
      view.current.headHeight = head.current!.offsetHeight;
      view.current.height = scroller.current!.clientHeight;
      update();
      render();
    };
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current!);
    observer.observe(probe.current!);
    measure();
    moveTo(list.scrollTop);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (shown.current !== collection) {
      shown.current = collection;
      moveTo(0);
    } else if (anchor.current) {
      const added = collection.indexOf(anchor.current.place) - anchor.current.index;
      const isReading = list.scrollTop >= 1 || scroller.current!.contains(document.activeElement);
      if (added !== 0 && isReading) {
        moveTo(list.scrollTop + added * view.current.rowHeight);
        list.setUnseen(list.unseen + Math.max(0, added));
      }
    }
    update();
  });

  useEffect(() => {
    if (list.unseen > 0) announce(`${newTasks(list.unseen)} above.`);
  }, [list.unseen > 0]);

  useEffect(() => {
    if (document.hidden || now - refreshedAt.current < REFRESH_MS) return;
    refreshedAt.current = now;
    void list.refresh(view.current.range);
  }, [now]);

  const scrolled = () => {
    list.scrollTop = scroller.current!.scrollTop;
    update();
  };

  const move = (event: KeyboardEvent) => {
    const { height, headHeight, rowHeight } = view.current;
    const page = Math.max(1, Math.floor((height - headHeight) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || ids.length === 0) return;
    event.preventDefault();
    focusRow(Math.max(0, Math.min(ids.length - 1, activeIndex + step)));
  };

  const focusRow = (index: number) => {
    list.activeId = ids[index];
    const { rowHeight, headHeight, height } = view.current;
    const top = index * rowHeight;
    const bottom = top + rowHeight + headHeight - height;
    if (top < list.scrollTop) moveTo(top);
    else if (bottom > list.scrollTop) moveTo(bottom);
    update();
    render();
    // The row may be rendered only now.
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"] a`)?.focus({ preventScroll: true });
    });
  };

  const showNews = (event: MouseEvent) => {
    // The button goes away. Only who uses the keyboard needs the focus on a row, which would hold back the next tasks.
    if (event.detail === 0) focusRow(0);
    else moveTo(0);
  };

  const focused = (event: FocusEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>('[data-id]')?.dataset.id;
    if (id === undefined || id === list.activeId) return;
    list.activeId = id;
    render();
  };

  const { start, end: rangeEnd } = view.current.range;
  const indexes = Array.from({ length: Math.max(0, Math.min(rangeEnd, ids.length) - start) }, (_, index) => start + index);
  // The row with the focus must stay in the document, or the focus would be lost.
  if (activeIndex >= 0 && (activeIndex < start || activeIndex >= rangeEnd)) indexes.push(activeIndex);
  const tabIndexAt = activeIndex >= 0 ? activeIndex : 0;
  const { rowHeight } = view.current;

  return (
    <div class="table-frame">
      {list.unseen > 0 && (
        <button type="button" class="news" onClick={showNews}>
          <ICONS.up />{newTasks(list.unseen)}
        </button>
      )}
      <div class="scroller" ref={scroller} onScroll={scrolled}>
        <div class="row-probe" ref={probe} aria-hidden="true" />
        <div
          role="grid" aria-label="Tasks" aria-rowcount={collection.hasMore ? -1 : ids.length + 1} aria-colcount={6} aria-readonly
          onKeyDown={move} onFocusIn={focused}
        >
          <div role="rowgroup" class="row-head" ref={head}>
            <div role="row" class="row" aria-rowindex={1}>
              {['Status', 'Type', 'Progress', 'Task', 'Created', 'Took'].map((text) => (
                <span key={text} role="columnheader" class={`cell-${text.toLowerCase()}`}>{text}</span>
              ))}
            </div>
          </div>
          <div role="rowgroup" class="row-body" style={{ height: `${ids.length * rowHeight}px` }}>
            {indexes.map((index) => (
              <TaskRow
                key={ids[index]} task={collection.get(ids[index])!} index={index} top={index * rowHeight} now={now}
                isTabStop={index === tabIndexAt} isMatch={collection.matches(collection.get(ids[index])!)}
              />
            ))}
          </div>
        </div>
        {ids.length === 0 && empty}
        {end}
      </div>
    </div>
  );
}

function indexOf(list: TaskList, taskId: string): number {
  const task = list.collection.get(taskId);
  return task ? list.collection.indexOf(task) : -1;
}

function newTasks(count: number): string {
  return count === 1 ? '1 new task' : `${count.toLocaleString()} new tasks`;
}
