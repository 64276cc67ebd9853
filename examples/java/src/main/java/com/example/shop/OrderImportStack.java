package com.example.shop;

import io.github.cdktaskmanager.ITaskManager;
import io.github.cdktaskmanager.TaskProcessor;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.dynamodb.Attribute;
import software.amazon.awscdk.services.dynamodb.AttributeType;
import software.amazon.awscdk.services.dynamodb.TableV2;
import software.amazon.awscdk.services.lambda.Architecture;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.constructs.Construct;

/** Imports orders. A separate stack, so that the function can be deployed without the TaskManager. */
public final class OrderImportStack extends Stack {
    public OrderImportStack(final Construct scope, final String id, final ITaskManager tasks) {
        super(scope, id);

        var orders = TableV2.Builder.create(this, "Orders")
                .partitionKey(Attribute.builder().name("orderId").type(AttributeType.STRING).build())
                .removalPolicy(RemovalPolicy.DESTROY)
                .build();
        var importer = Function.Builder.create(this, "Importer")
                .code(Code.fromAsset("functions/order_import"))
                .handler("index.handler")
                .runtime(Runtime.PYTHON_3_13)
                .architecture(Architecture.ARM_64)
                .timeout(Duration.minutes(15))
                .environment(Map.of("ORDERS_TABLE", orders.getTableName()))
                .build();
        orders.grantWriteData(importer);

        TaskProcessor.Builder.create(this, "ImportOrders")
                .taskManager(tasks)
                .taskType("import-orders")
                .handler(importer)
                .build();
    }
}
