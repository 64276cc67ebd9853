import '../../support/environment';
import { configuredWork } from '../../../src/runtime/work/configured-work';
import { ContainerTask } from '../../../src/runtime/work/container-task';
import { NestedExecution } from '../../../src/runtime/work/nested-execution';
import { aWorkTask } from '../../support/work';

const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

/** Configures functions whose work is a container. */
function useContainer(): void {
  delete process.env.WORK_STATE_MACHINE_ARN;
  Object.assign(process.env, { CLUSTER_ARN: 'Cluster', TASK_DEFINITION_FAMILY: 'Family', CONTAINER_NAME: 'main', RESULT_BUCKET_NAME: 'results' });
}

test('the work is a state machine if there is one', () => {
  expect(configuredWork().work).toBeInstanceOf(NestedExecution);
});

test('the work is a container if there is no state machine, with the result bucket', () => {
  useContainer();
  const { work } = configuredWork();
  expect(work).toBeInstanceOf(ContainerTask);
  expect(work.inputFor(aWorkTask())).toContain('s3://results/');
});

test.each(['WRAPPER_ARN', 'CLUSTER_ARN', 'TASK_DEFINITION_FAMILY', 'CONTAINER_NAME'])('a missing %s is an error when the function starts', (name) => {
  useContainer();
  delete process.env[name];
  expect(configuredWork).toThrow(new Error(`environment variable ${name} is not set`));
});
