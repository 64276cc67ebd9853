package com.example.shop;

import io.github.cdktaskmanager.ITaskManager;
import io.github.cdktaskmanager.TaskLiveUpdates;
import java.util.List;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.constructs.Construct;

/** The suppliers of tasks: a role that can create and read tasks of both contexts, and watch the orders. */
public final class BackOfficeStack extends Stack {
    public BackOfficeStack(
            final Construct scope, final String id, final ITaskManager orders, final TaskLiveUpdates ordersLive, final ITaskManager reports) {
        super(scope, id);

        var clerk = Role.Builder.create(this, "Clerk").assumedBy(new AccountRootPrincipal()).build();
        for (var tasks : List.of(orders, reports)) {
            tasks.grantCreate(clerk);
            tasks.grantRead(clerk);
        }
        ordersLive.grantConnect(clerk);

        CfnOutput.Builder.create(this, "ClerkRole").value(clerk.getRoleArn()).build();
    }
}
