import { useEffect, useReducer } from 'preact/hooks';

/** Something that tells its listeners when it has changed. */
export class Store {
  /** Grows with each change. */
  public version = 0;
  private readonly listeners = new Set<() => void>();

  /** Returns a function that ends the subscription. */
  public subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  protected changed(): void {
    this.version++;
    for (const listener of this.listeners) listener();
  }
}

/** Renders the component again when the store has changed. */
export function useStore<S extends Store>(store: S): S {
  const [, show] = useReducer((_: number, version: number) => version, store.version);
  useEffect(() => {
    // It may have changed since the component was rendered.
    show(store.version);
    return store.subscribe(() => show(store.version));
  }, [store]);
  return store;
}
