import { useEffect, useRef, useState } from 'preact/hooks';
import { commandLine } from './command';
import { useConsole } from './context';
import { ICONS } from './icons';

/** Time for which the button says that it has copied. */
const COPIED_MS = 2_000;

export function CopyButton({ text, label }: { readonly text: string | (() => string); readonly label: string }) {
  const { announce } = useConsole();
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setOutcome('copied');
      announce('Copied.');
    } catch {
      setOutcome('refused');
      announce('The browser does not allow to copy.');
    }
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOutcome(undefined), COPIED_MS);
  };
  const Icon = outcome === 'copied' ? ICONS.check : outcome === 'refused' ? ICONS.warning : ICONS.copy;
  return (
    <button type="button" class={`button icon-only${outcome ? ` ${outcome}` : ''}`} aria-label={label} title={label} onClick={copy}>
      <Icon />
    </button>
  );
}

/** The command that does the same, to be copied. */
export function Command({ words }: { readonly words: readonly string[] }) {
  const { settings } = useConsole();
  const line = commandLine(settings, ...words);
  return (
    <div class="command">
      <span class="prompt" aria-hidden="true">$</span>
      <code title={line}>{line}</code>
      <CopyButton text={line} label="Copy the command" />
    </div>
  );
}
