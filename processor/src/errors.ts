import type { TaskStatus } from '../../src/protocol/wire';

/** Thrown by the work: fails the task at once, without retries. */
export class TaskFailure extends Error {
  public override readonly name = 'TaskFailure';

  /**
   * @param code identifies the reason, such as `UnknownTable`; at most 128 characters
   * @param message explains the reason to the caller of the API; at most 4,096 characters
   */
  constructor(public readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Reason of the `signal` when the task has ended before its work: it was cancelled, timed out, or was ended by somebody else. */
export class TaskEnded extends Error {
  public override readonly name = 'TaskEnded';

  /** @param status the terminal status of the task; `ENDED` if the task no longer exists */
  constructor(public readonly status: TaskStatus | 'ENDED') {
    super(status === 'ENDED' ? 'the task no longer exists' : `the task is already ${status}`);
  }
}

/** Reason of the `signal` shortly before the time-out of the Lambda function. The task goes on: Lambda can retry it. */
export class OutOfTime extends Error {
  public override readonly name = 'OutOfTime';

  constructor() {
    super("the function's time is nearly up");
  }
}
