import { Annotations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ITaskManager } from '../../task-manager-interface';

/** Warns if work on a cancelled task can't be stopped, because the function can't ask for the status of its task. */
export function warnOfNoStatusReader(processor: Construct, { statusReader, node }: ITaskManager): void {
  if (statusReader) return;
  Annotations.of(processor).addWarningV2('cdk-task-manager:noStatusReader',
    `work on a cancelled task can't be stopped while it runs, because the TaskManager ${node.path} is imported without its statusReader: `
    + 'pass statusReaderArn to fromTaskManagerAttributes()');
}
