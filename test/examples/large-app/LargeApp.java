package com.example;

import io.github.cdktaskmanager.TaskManager;
import io.github.cdktaskmanager.TaskManagerAttributes;
import io.github.cdktaskmanager.TaskProcessor;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;

/** An app that is larger than an example. Its versions in TypeScript and Python synthesize the same templates. */
public final class LargeApp {
    private LargeApp() {
    }

    public static void main(final String[] args) {
        var app = new App();

        var orders = new Stack(app, "Orders");
        var orderTasks = new TaskManager(orders, "Tasks");
        var worker = aFunction(orders, "Worker");
        for (var i = 1; i <= 100; i++) {
            TaskProcessor.Builder.create(orders, "Processor" + i)
                    .taskManager(orderTasks)
                    .taskType("type-" + i)
                    .handler(worker)
                    .build();
        }

        var reports = new Stack(app, "Reports");
        var reportTasks = TaskManager.Builder.create(reports, "Tasks").taskTimeout(Duration.hours(1)).build();
        for (var i = 1; i <= 40; i++) {
            TaskProcessor.Builder.create(reports, "Processor" + i)
                    .taskManager(reportTasks)
                    .taskType("type-" + i)
                    .handler(aFunction(reports, "Function" + i))
                    .build();
        }

        var partner = new Stack(app, "Partner");
        var environment = partner.getRegion() + ":" + partner.getAccount();
        var importedTasks = TaskManager.fromTaskManagerAttributes(partner, "Tasks", TaskManagerAttributes.builder()
                .eventBusArn("arn:aws:events:" + environment + ":event-bus/legacy")
                .eventSource("task-manager.Legacy.Tasks-1a2b3c4d")
                .undeliveredQueueArn("arn:aws:sqs:" + environment + ":legacy-undelivered")
                .build());
        TaskProcessor.Builder.create(partner, "Import")
                .taskManager(importedTasks)
                .taskType("import")
                .handler(aFunction(partner, "Importer"))
                .build();

        app.synth();
    }

    private static Function aFunction(final Stack stack, final String id) {
        return Function.Builder.create(stack, id)
                .code(Code.fromInline("exports.handler = async () => {}"))
                .handler("index.handler")
                .runtime(Runtime.NODEJS_24_X)
                .timeout(Duration.minutes(5))
                .build();
    }
}
