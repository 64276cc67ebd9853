package com.example.shop;

import io.github.cdktaskmanager.ITaskManager;
import io.github.cdktaskmanager.TaskManager;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.constructs.Construct;

/** The bounded context Reports: accepts tasks, and keeps their results for 30 days. */
public final class ReportsStack extends Stack {
    private final TaskManager tasks;

    public ReportsStack(final Construct scope, final String id) {
        super(scope, id);

        tasks = TaskManager.Builder.create(this, "Tasks")
                .taskRetention(Duration.days(30))
                .removalPolicy(RemovalPolicy.DESTROY)
                .build();
        tasks.createOutputs();

        CfnOutput.Builder.create(this, "ApiUrl").value(tasks.getApiUrl()).build();
    }

    public ITaskManager getTasks() {
        return tasks;
    }
}
