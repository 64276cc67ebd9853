/** An app that is larger than an example. Its versions in Python and Java synthesize the same templates. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskManager, TaskProcessor } from 'cdk-task-manager';

const app = new App();

const orders = new Stack(app, 'Orders');
const orderTasks = new TaskManager(orders, 'Tasks');
const worker = aFunction(orders, 'Worker');
for (let i = 1; i <= 100; i++) {
  new TaskProcessor(orders, `Processor${i}`, { taskManager: orderTasks, taskType: `type-${i}`, handler: worker });
}

const reports = new Stack(app, 'Reports');
const reportTasks = new TaskManager(reports, 'Tasks', { taskTimeout: Duration.hours(1) });
for (let i = 1; i <= 40; i++) {
  new TaskProcessor(reports, `Processor${i}`, { taskManager: reportTasks, taskType: `type-${i}`, handler: aFunction(reports, `Function${i}`) });
}

const partner = new Stack(app, 'Partner');
new TaskProcessor(partner, 'Import', {
  taskManager: TaskManager.fromTaskManagerAttributes(partner, 'Tasks', {
    eventBusArn: `arn:aws:events:${partner.region}:${partner.account}:event-bus/legacy`,
    eventSource: 'task-manager.Legacy.Tasks-1a2b3c4d',
    undeliveredQueueArn: `arn:aws:sqs:${partner.region}:${partner.account}:legacy-undelivered`,
  }),
  taskType: 'import',
  handler: aFunction(partner, 'Importer'),
});

app.synth();

function aFunction(stack: Stack, id: string): lambda.Function {
  return new lambda.Function(stack, id, {
    code: lambda.Code.fromInline('exports.handler = async () => {}'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    timeout: Duration.minutes(5),
  });
}
