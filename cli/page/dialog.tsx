import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useAction } from './hooks';

interface ConfirmationProps {
  readonly title: string;
  /** What happens. */
  readonly children: ComponentChildren;
  /** Text of the button that does it. */
  readonly action: string;
  readonly dismiss: string;
  readonly isDangerous?: boolean;
  /** Does it. The dialog stays open and shows the error if it fails. */
  readonly act: () => Promise<void>;
  readonly describe: (error: Error) => string;
  readonly onClose: () => void;
}

/** Asks before something is done that can't be undone. The browser keeps the focus inside, and gives it back. */
export function Confirmation({ title, children, action, dismiss, isDangerous, act, describe, onClose }: ConfirmationProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current!.showModal(), []);
  const close = () => dialog.current?.close();
  const closed = () => {
    onClose();
    // The button that has opened it may be gone.
    if (document.activeElement === document.body) document.querySelector<HTMLElement>('main h1')?.focus();
  };
  const { isBusy, error, run } = useAction(async () => {
    await act();
    close();
  });
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={closed}>
      <h2 id={id}>{title}</h2>
      {children}
      {error && <p class="callout bad" role="alert">{describe(error)}</p>}
      <div class="buttons">
        <button type="button" class="button" onClick={close}>{error ? 'Close' : dismiss}</button>
        {!error && (
          <button type="button" class={`button ${isDangerous ? 'danger' : 'primary'}`} aria-disabled={isBusy} onClick={run}>
            {isBusy ? 'One moment…' : action}
          </button>
        )}
      </div>
    </dialog>
  );
}
