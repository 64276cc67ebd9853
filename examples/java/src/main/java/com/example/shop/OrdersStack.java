package com.example.shop;

import io.github.cdktaskmanager.ITaskManager;
import io.github.cdktaskmanager.TaskAlarmOptions;
import io.github.cdktaskmanager.TaskDashboardOptions;
import io.github.cdktaskmanager.TaskLiveUpdates;
import io.github.cdktaskmanager.TaskManager;
import io.github.cdktaskmanager.TaskOutputsOptions;
import io.github.cdktaskmanager.TaskRuleOptions;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.events.targets.SqsQueue;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sqs.Queue;
import software.constructs.Construct;

/** The bounded context Orders: accepts tasks, sends their changes to who watches, notifies the warehouse, and calls for help. */
public final class OrdersStack extends Stack {
    private final TaskManager tasks;
    private final TaskLiveUpdates live;

    public OrdersStack(final Construct scope, final String id) {
        super(scope, id);

        tasks = TaskManager.Builder.create(this, "Tasks")
                .taskTimeout(Duration.hours(1))
                .removalPolicy(RemovalPolicy.DESTROY)
                .build();

        live = TaskLiveUpdates.Builder.create(this, "Live").taskManager(tasks).build();

        var warehouse = new Queue(this, "Warehouse");
        tasks.onTaskSuccessful("TellWarehouse", TaskRuleOptions.builder()
                .taskType("import-orders")
                .target(new SqsQueue(warehouse))
                .build());

        var onCall = new Topic(this, "OnCall");
        tasks.createAlarms(TaskAlarmOptions.builder()
                .action(new SnsAction(onCall))
                .maxFailurePercent(20)
                .build());
        tasks.createDashboard(TaskDashboardOptions.builder()
                .defaultInterval(Duration.days(1))
                .build());
        tasks.createQueries();
        tasks.createOutputs(TaskOutputsOptions.builder()
                .liveUpdates(live)
                .build());

        CfnOutput.Builder.create(this, "ApiUrl").value(tasks.getApiUrl()).build();
        CfnOutput.Builder.create(this, "LiveUrl").value(live.getUrl()).build();
        CfnOutput.Builder.create(this, "WarehouseQueue").value(warehouse.getQueueUrl()).build();
    }

    public ITaskManager getTasks() {
        return tasks;
    }

    public TaskLiveUpdates getLive() {
        return live;
    }
}
