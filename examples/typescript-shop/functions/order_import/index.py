"""Processes tasks of type `import-orders`: imports orders one by one, and reports its progress."""

import os

import boto3
from cdk_task_manager_processor import LambdaContext, Task, TaskFailure, task_processor

orders_table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


@task_processor
def handler(task: Task, context: LambdaContext) -> dict[str, int]:
    orders = (task.payload or {}).get("orders")
    if not orders:
        raise TaskFailure("NoOrders", "the payload must have orders")

    for number, order in enumerate(orders, start=1):
        task.raise_if_cancelled()
        # The function may get a task twice. To write an order again does no harm.
        orders_table.put_item(Item={"orderId": order["orderId"], "cents": order["cents"]})
        task.progress(100 * number / len(orders), f"{number} orders")
    return {"imported": len(orders)}
