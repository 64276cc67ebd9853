/** Exit codes of the program. Scripts rely on them. */
export const EXIT_CODE = {
  FAILED_REQUEST: 1,
  USAGE: 2,
  TASK_FAILED: 3,
  TASK_CANCELLED: 4,
  NOT_REDRIVEN: 5,
  INTERRUPTED: 130,
} as const;

/** What a user can mend: the program prints the message, and nothing else. */
export class CommandError extends Error {
  constructor(message: string, public readonly exitCode: number = EXIT_CODE.FAILED_REQUEST) {
    super(message);
  }
}

/** Thrown if the arguments or the environment are wrong. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, EXIT_CODE.USAGE);
  }
}
