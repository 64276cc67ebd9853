import { taskProcessor } from 'cdk-task-manager-processor';

/** Uploads so many megabytes, as a stream. */
export const handler = taskProcessor<{ megabytes: number }>(async (task) => {
  async function* content() {
    for (let i = 0; i < 16 * task.payload.megabytes; i++) yield Buffer.alloc(2 ** 16, i);
  }
  await task.upload(content(), { contentType: 'application/octet-stream' });
});
