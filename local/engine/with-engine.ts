import { constants } from 'node:os';
import { Engine, EngineOptions, startEngine } from './engine';
import { EngineError } from './engine-error';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `use` with an engine of its own, and ends the engine whatever happens.
 *
 * A signal that ends this process ends the engine first, also while it is still being started or installed; then the
 * process exits as the shell has it, with 128 and the number of the signal.
 *
 * @throws EngineError if there is no engine; else what `use` throws
 */
export async function withEngine<T>(options: Omit<EngineOptions, 'signal'>, use: (engine: Engine) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  let received: typeof SIGNALS[number] | undefined;
  const onSignal = (signal: typeof SIGNALS[number]) => {
    received ??= signal;
    interruption.abort(new EngineError(`stopped by ${signal}`));
  };
  SIGNALS.forEach(signal => process.on(signal, onSignal));

  try {
    const engine = await startEngine({ ...options, signal: interruption.signal });
    try {
      return await Promise.race([use(engine), rejectWhenAborted(interruption.signal)]);
    } finally {
      await engine.stop();
    }
  } finally {
    SIGNALS.forEach(signal => process.off(signal, onSignal));
    if (received) {
      process.exit(128 + constants.signals[received]);
    }
  }
}

async function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
