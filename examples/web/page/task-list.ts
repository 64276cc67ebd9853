import type { TaskStatus, TaskSummary } from 'cdk-task-manager-client';

/** What the buttons of a task do. */
export interface TaskActions {
  readonly cancel: (taskId: string) => Promise<void>;
  readonly download: (taskId: string) => Promise<void>;
}

const TITLES: Record<string, string> = { 'export-orders': 'Export of all orders', 'count-orders': 'Count of all orders' };

/** A symbol says the same as the color. */
const STATUSES: Record<TaskStatus, { readonly text: string; readonly className: string }> = {
  PENDING: { text: 'Waiting', className: '' },
  RUNNING: { text: 'Running', className: '' },
  SUCCESSFUL: { text: '✓ Done', className: 'good' },
  FAILED: { text: '✗ Failed', className: 'bad' },
  CANCELLED: { text: '– Cancelled', className: '' },
};

/** The list of tasks, newest first. Text of tasks becomes text of the page, never HTML. */
export class TaskList {
  private readonly rows = new Map<string, TaskRow>();

  constructor(private readonly actions: TaskActions) {}

  /** Shows a new task, or the change of one. */
  public show(task: TaskSummary): void {
    byId('no-tasks').hidden = true;
    let row = this.rows.get(task.taskId);
    if (!row) {
      const next = [...this.rows.values()].filter(({ createdAt }) => createdAt < task.createdAt)
        .reduce<TaskRow | undefined>((newest, other) => newest && newest.createdAt > other.createdAt ? newest : other, undefined);
      row = new TaskRow(task, this.actions);
      this.rows.set(task.taskId, row);
      byId('tasks').insertBefore(row.element, next?.element ?? null);
    }
    row.show(task);
  }
}

class TaskRow {
  public readonly element = document.createElement('li');
  public readonly createdAt: string;
  private readonly title: string;
  private readonly button = document.createElement('button');
  private readonly bar = document.createElement('progress');
  private readonly state = document.createElement('p');
  private readonly message = document.createElement('p');
  private task!: TaskSummary;

  constructor({ createdAt, type }: TaskSummary, { cancel, download }: TaskActions) {
    this.createdAt = createdAt;
    this.title = TITLES[type] ?? type;
    const heading = document.createElement('h3');
    const time = document.createElement('time');
    time.dateTime = createdAt;
    time.textContent = new Date(createdAt).toLocaleTimeString();
    heading.append(`${this.title} `, time);
    const named = `${this.title}, ${time.textContent}`;
    this.element.setAttribute('aria-label', named);
    this.bar.max = 100;
    this.bar.setAttribute('aria-label', `Progress of ${named}`);
    this.message.className = 'message';
    this.button.type = 'button';
    this.button.addEventListener('click', async () => {
      this.button.disabled = true;
      const { taskId, status } = this.task;
      await (status === 'SUCCESSFUL' ? download : cancel)(taskId).finally(() => this.button.disabled = false);
    });
    this.element.append(heading, this.button, this.bar, this.state, this.message);
  }

  public show(task: TaskSummary): void {
    // An answer can arrive after a message about a later change.
    if (this.task && this.task.history.length > task.history.length) return;
    const { status, progress, error } = task;
    const isWaiting = status === 'PENDING' || status === 'RUNNING';
    const { text, className } = STATUSES[status];
    const percent = progress?.percent === undefined ? undefined : Math.round(Math.min(100, Math.max(0, progress.percent)));
    if (this.task && this.task.status !== status) byId('news').textContent = `${this.title}: ${text.replace(/^\W /, '')}`;
    this.task = task;

    this.bar.hidden = !isWaiting;
    if (percent === undefined) this.bar.removeAttribute('value');
    else this.bar.value = percent;
    this.state.textContent = isWaiting && percent !== undefined ? `${text}, ${percent} %` : text;
    this.state.className = className;
    this.message.textContent = error?.message ?? (isWaiting && progress?.message || '');
    this.message.title = this.message.textContent;
    this.button.hidden = status === 'FAILED' || status === 'CANCELLED';
    const action = isWaiting ? 'Cancel' : 'Download';
    this.button.textContent = action;
    this.button.setAttribute('aria-label', `${action}: ${this.element.getAttribute('aria-label')}`);
  }
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
