import { constants } from 'node:os';
import { Engine, EngineOptions, startEngine } from './engine';
import { EngineError } from './engine-error';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Starts an engine, runs `use` with it, and always ends it.
 *
 * A signal that ends this process ends the engine first, also during its start or installation. Then the process exits with 128 plus the
 * number of the signal, as in a shell.
 *
 * @throws EngineError if the engine does not start, or the error that `use` throws
 */
export async function withEngine<T>(options: Omit<EngineOptions, 'signal'>, use: (engine: Engine) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  let received: typeof SIGNALS[number] | undefined;
  const onSignal = (signal: typeof SIGNALS[number]) => {
    received ??= signal;
    interruption.abort(new EngineError(`stopped by ${signal}`));
  };
  SIGNALS.forEach((signal) => process.on(signal, onSignal));

  try {
    const engine = await startEngine({ ...options, signal: interruption.signal });
    try {
      return await Promise.race([use(engine), rejectWhenAborted(interruption.signal)]);
    } finally {
      await engine.stop();
    }
  } finally {
    SIGNALS.forEach((signal) => process.off(signal, onSignal));
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
