import { TaskClient } from '../../client/src';
import { Engine } from '../engine/engine';

/** A task to create. */
export interface Request {
  readonly type: string;
  readonly payload: object;
}

/** An example app, and what the demo does with it. */
export interface Demo {
  /** What the app is and does. */
  readonly title: string;
  readonly stack: string;
  /** Path of the program that synthesizes the app, from the root of the project. */
  readonly app: string;
  /** A task that takes `seconds`, and what to say about it. */
  readonly task: (seconds: number) => Request & { readonly title: string };
  /** A task that fails. */
  readonly failing: Request & { readonly title: string };
  /** Prepares the deployed stack. */
  readonly prepare?: (engine: Engine, outputs: Record<string, string>) => Promise<void>;
  /** Shows the result of the task. */
  readonly showResult: (client: TaskClient, taskId: string, result: unknown, resultUrl: string | undefined) => Promise<void>;
}
