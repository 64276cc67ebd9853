import { useEffect, useState } from 'preact/hooks';
import { useConsole } from './context';
import { useStore } from './store';
import { parseJson } from '../../client/src/json';

/** Data that the console serves. */
export interface Loaded<T> {
  readonly data?: T;
  readonly error?: Error;
  readonly isLoading: boolean;
  reload(): void;
}

/** Loads JSON of the console. Does so again when the connection is mended. */
export function useLoaded<T>(path: string): Loaded<T> {
  const { connection } = useConsole();
  const { mended } = useStore(connection);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ isLoading: true });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setState((last) => ({ ...last, isLoading: true }));
    void (async () => {
      try {
        const data = await requestJson<T>(connection.send(path, { signal }));
        if (!signal.aborted) setState({ data, isLoading: false });
      } catch (error) {
        if (!signal.aborted) setState((last) => ({ data: last.data, error: error as Error, isLoading: false }));
      }
    })();
    return () => controller.abort();
  }, [path, attempt, mended]);
  return { ...state, reload: () => setAttempt((last) => last + 1) };
}

/** Returns the body of a response. Throws what a problem says. */
export async function requestJson<T>(response: Promise<Response>): Promise<T> {
  const answer = await response;
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  const { detail, title } = Object(parseJson(text));
  throw new Error(detail ?? title ?? `the console answered ${answer.status}`);
}
