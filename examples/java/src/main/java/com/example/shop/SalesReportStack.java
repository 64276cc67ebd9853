package com.example.shop;

import io.github.cdktaskmanager.ITaskManager;
import io.github.cdktaskmanager.TaskProcessor;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Architecture;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.constructs.Construct;

/** Reports on sales. The return value of its function is the result of the task. */
public final class SalesReportStack extends Stack {
    public SalesReportStack(final Construct scope, final String id, final ITaskManager tasks) {
        super(scope, id);

        var reporter = Function.Builder.create(this, "Reporter")
                .code(Code.fromAsset("functions/sales_report"))
                .handler("index.handler")
                .runtime(Runtime.PYTHON_3_13)
                .architecture(Architecture.ARM_64)
                .timeout(Duration.minutes(5))
                .build();

        TaskProcessor.Builder.create(this, "ReportSales")
                .taskManager(tasks)
                .taskType("sales-report")
                .handler(reporter)
                .completeOnReturn(true)
                .build();
    }
}
