import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Connection } from './connection';
import type { TaskList } from './task-list';
import type { TaskClient } from '../../client/src/task-client';
import type { ConsoleSettings } from '../src/protocol';

/** What all views use. */
export interface Console {
  readonly settings: ConsoleSettings;
  readonly connection: Connection;
  readonly client: TaskClient;
  readonly list: TaskList;
  /** Says something to screen readers when they are done with what they say. */
  readonly announce: (text: string) => void;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  return useContext(ConsoleContext)!;
}
