import { ChangeLog } from '../../src/runtime/events/change-log';
import { Task } from '../../src/runtime/task/task';
import { RecordedMetrics } from '../support/recorded-metrics';

/** Reports each change when it is counted in the metrics. */
export class CountedChanges extends ChangeLog {
  private readonly added: Task[] = [];

  constructor(private readonly onCounted: (task: Task) => void) {
    super(new RecordedMetrics(), []);
  }

  public override add(task: Task): void {
    this.added.push(task);
    super.add(task);
  }

  public override writeMetrics(): void {
    super.writeMetrics();
    for (const task of this.added.splice(0)) this.onCounted(task);
  }
}
