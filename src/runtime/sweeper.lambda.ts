import { Sweeper } from './sweeper';
import { TaskStore } from './task-store';

const sweeper = new Sweeper({
  store: TaskStore.fromEnvironment(),
  now: () => new Date(),
});

export async function handler(): Promise<void> {
  await sweeper.sweep();
}
