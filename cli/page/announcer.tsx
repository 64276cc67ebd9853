import { useCallback, useRef, useState } from 'preact/hooks';

/** Pause in which several changes become one announcement. */
const PAUSE_MS = 500;

/** Returns what says something to screen readers, and the text that is to be said. */
export function useAnnouncer(): [string, (text: string) => void] {
  const [text, setText] = useState('');
  const pending = useRef<string[]>([]);
  const announce = useCallback((sentence: string) => {
    if (pending.current.push(sentence) > 1) return;
    setTimeout(() => {
      const sentences = [...new Set(pending.current.splice(0))].join(' ');
      // The same text again would not be said.
      setText((last) => last === sentences ? `${sentences}\u00a0` : sentences);
    }, PAUSE_MS);
  }, []);
  return [text, announce];
}
