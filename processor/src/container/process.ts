/** The process of a container. */
export interface ContainerProcess {
  readonly env: Readonly<Record<string, string | undefined>>;

  /** Keeps the process alive until `exit`, and makes each other way to end it a failure. */
  start(listeners: ContainerProcessListeners): void;

  /** Shows an error that nobody caught to the developer of the container. */
  print(error: unknown): void;

  /** Ends the process when all output is written. */
  exit(code: number): Promise<void>;
}

export interface ContainerProcessListeners {
  /** The container is being stopped. After 30 seconds by default, ECS kills it. */
  onSigterm(): void;

  /** Nobody caught an error or handled a rejected promise. */
  onCrash(error: unknown): void;
}

/** Timers of Node.js can't wait longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The process that runs this code. */
export function thisProcess(): ContainerProcess {
  let keepAlive: NodeJS.Timeout;
  const fail = () => { process.exitCode ||= 1; };
  return {
    env: process.env,

    start({ onSigterm, onCrash }) {
      // The work can wait for something that does not keep Node.js alive, and it can call process.exit(0).
      keepAlive = setInterval(() => {}, MAX_TIMER_MS);
      process.on('exit', fail);
      process.on('SIGTERM', onSigterm);
      // Without a listener for unhandled rejections, they are uncaught exceptions.
      process.on('uncaughtException', onCrash);
    },

    print(error) {
      console.error(error);
    },

    async exit(code) {
      clearInterval(keepAlive);
      await Promise.all([process.stdout, process.stderr].map(written));
      process.off('exit', fail);
      process.exit(code);
    },
  };
}

async function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
}
