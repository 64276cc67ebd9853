import { setTimeout as sleep } from 'node:timers/promises';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { ContainerTask } from './container-task';
import { Executions } from './executions';
import { NestedExecution } from './nested-execution';
import { Work } from './work';
import { WorkStopper } from './work-stopper';
import { environmentVariable, optionalEnvironmentVariable } from '../support/configuration';
import { sdkClientSettings } from '../support/sdk-client-settings';

/** Time to return which messages failed. */
export const REPLY_MS = 2_000;

/** Makes what starts and stops the work, from the environment that the constructs set. */
export function configuredWork(): { wrappers: Executions; work: Work; stopper: WorkStopper } {
  const settings = sdkClientSettings({ reserveMs: REPLY_MS });
  const sfn = new SFNClient(settings);
  const executionsOf = (stateMachineArn: string) => new Executions({ sfn, stateMachineArn, sleep });
  const wrappers = executionsOf(environmentVariable('WRAPPER_ARN'));
  const stateMachineArn = optionalEnvironmentVariable('WORK_STATE_MACHINE_ARN');
  const work = stateMachineArn !== undefined ? new NestedExecution(executionsOf(stateMachineArn)) : new ContainerTask({
    ecs: new ECSClient(settings),
    clusterArn: environmentVariable('CLUSTER_ARN'),
    family: environmentVariable('TASK_DEFINITION_FAMILY'),
    containerName: environmentVariable('CONTAINER_NAME'),
    resultBucketName: optionalEnvironmentVariable('RESULT_BUCKET_NAME'),
    wrappers,
    sleep,
  });
  return { wrappers, work, stopper: new WorkStopper({ wrappers, work }) };
}
