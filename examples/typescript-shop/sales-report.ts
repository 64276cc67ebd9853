import * as path from 'node:path';
import { Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ITaskManager, TaskProcessor } from 'cdk-task-manager';
import { Construct } from 'constructs';

export interface SalesReportStackProps extends StackProps {
  readonly tasks: ITaskManager;
}

/** Reports on sales. The return value of its function is the result of the task. */
export class SalesReportStack extends Stack {
  constructor(scope: Construct, id: string, props: SalesReportStackProps) {
    super(scope, id, props);

    const reporter = new lambda.Function(this, 'Reporter', {
      code: lambda.Code.fromAsset(path.join(__dirname, 'functions', 'sales_report')),
      handler: 'index.handler',
      runtime: lambda.Runtime.PYTHON_3_13,
      architecture: lambda.Architecture.ARM_64,
      timeout: Duration.minutes(5),
    });

    new TaskProcessor(this, 'ReportSales', {
      taskManager: props.tasks,
      taskType: 'sales-report',
      handler: reporter,
      completeOnReturn: true,
    });
  }
}
