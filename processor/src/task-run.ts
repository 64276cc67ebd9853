import type { ReceivedTask } from './event';
import type { Settings, TaskLogger } from './options';
import { parseProgress, Progress } from './progress';
import { Reports } from './reports';
import type { TaskServices } from './services';
import { StatusQuestion } from './status-question';
import { StopSignal } from './stop-signal';
import type { TaskTools } from './task';
import { taskLog } from './task-log';
import { Uploads } from './upload';

/** What a run of the work of a task uses, in a function and in a container. */
export class TaskRun<S extends TaskServices = TaskServices> {
  protected readonly log: TaskLogger;
  protected readonly reports: Reports;
  protected readonly progress: Progress;
  protected readonly question: StatusQuestion;
  protected readonly stopSignal: StopSignal;
  protected readonly uploads: Uploads;

  constructor(protected readonly task: ReceivedTask, protected readonly services: S, protected readonly settings: Settings) {
    this.log = taskLog(task, settings.logger);
    this.reports = new Reports(task, services, this.log);
    this.progress = new Progress(this.reports, settings, services.clock);
    this.stopSignal = new StopSignal(services.clock, () => this.progress.stop());
    this.question = new StatusQuestion(task, services, this.log);
    this.uploads = new Uploads(task, services, this.stopSignal.signal);
  }

  protected readonly report: TaskTools['progress'] = async (percent, message) => {
    this.progress.report(parseProgress(percent, message));
    // So that a busy loop does not hold up its own reports.
    await this.services.clock.turn();
  };
}
