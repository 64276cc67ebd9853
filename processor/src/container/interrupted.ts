/**
 * Reason of the `signal` when the container is being stopped before its task has ended, for example because Spot capacity is reclaimed. The
 * task goes on: it is started again, or fails.
 */
export class Interrupted extends Error {
  public override readonly name = 'Interrupted';

  constructor() {
    super('the container is being stopped');
  }
}
