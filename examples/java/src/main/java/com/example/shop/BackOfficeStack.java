package com.example.shop;

import io.github.cdktaskmanager.ITaskManager;
import java.util.List;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.constructs.Construct;

/** The suppliers of tasks: a role that can create and read tasks of both contexts. */
public final class BackOfficeStack extends Stack {
    public BackOfficeStack(final Construct scope, final String id, final ITaskManager orders, final ITaskManager reports) {
        super(scope, id);

        var clerk = Role.Builder.create(this, "Clerk").assumedBy(new AccountRootPrincipal()).build();
        for (var tasks : List.of(orders, reports)) {
            tasks.grantCreate(clerk);
            tasks.grantRead(clerk);
        }

        CfnOutput.Builder.create(this, "ClerkRole").value(clerk.getRoleArn()).build();
    }
}
