import { useEffect, useRef, useState } from 'preact/hooks';
import { parseRoute, Route } from './routes';

/** Returns what the URL asks for. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = () => setHash(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return parseRoute(hash);
}

/** Returns the time. Renders again every `ms`. */
export function useNow(ms: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}

/** Shows a title in the tab. */
export function useTitle(title: string): void {
  useEffect(() => { document.title = `${title} – Task console`; }, [title]);
}

/** Work that a button starts. A second click while it goes on does nothing. */
export interface Action {
  readonly isBusy: boolean;
  readonly error?: Error;
  run(): Promise<void>;
}

export function useAction(act: () => Promise<void>): Action {
  const [state, setState] = useState<{ isBusy: boolean; error?: Error }>({ isBusy: false });
  const isBusy = useRef(false);
  const run = async () => {
    if (isBusy.current) return;
    isBusy.current = true;
    setState({ isBusy: true });
    try {
      await act();
      setState({ isBusy: false });
    } catch (error) {
      setState({ isBusy: false, error: error as Error });
    } finally {
      isBusy.current = false;
    }
  };
  return { ...state, run };
}
