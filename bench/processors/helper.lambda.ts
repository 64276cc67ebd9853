import { taskProcessor } from 'cdk-task-manager-processor';

export const handler = taskProcessor(async () => ({ rows: 3 }));
