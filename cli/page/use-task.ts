import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from './context';
import { STATUS_TEXT } from './status';
import { useStore } from './store';
import type { Task } from '../../client/src/task';

/** A task that is followed until its end. */
export interface FollowedTask {
  readonly task?: Task;
  /** Version of the task, as the API says it. */
  readonly etag?: string;
  readonly error?: Error;
  /** Shows a newer state, which came with another request. */
  show(task: Task): void;
  /** Reads it anew. */
  retry(): void;
}

export function useTask(taskId: string): FollowedTask {
  const { client, connection, list, announce } = useConsole();
  const { mended } = useStore(connection);
  const [state, setState] = useState<Pick<FollowedTask, 'task' | 'etag' | 'error'>>({});
  const [attempt, setAttempt] = useState(0);
  const status = useRef<string | undefined>(undefined);

  const show = (task: Task) => {
    if (status.current !== undefined && status.current !== task.status) {
      announce(`The task is ${STATUS_TEXT[task.status]?.toLowerCase() ?? task.status} now.`);
    }
    status.current = task.status;
    setState({ task, etag: connection.etagOf(taskId) });
    list.learnSummary(task);
  };

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    void (async () => {
      try {
        for await (const task of client.watch(taskId, { signal })) {
          if (signal.aborted) return;
          show(task);
        }
      } catch (error) {
        if (!signal.aborted) setState((last) => ({ ...last, error: error as Error }));
      }
    })();
    return () => controller.abort();
  }, [taskId, attempt, mended]);

  return { ...state, show, retry: () => setAttempt((last) => last + 1) };
}
