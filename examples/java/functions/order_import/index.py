"""Processes tasks of type `import-orders`: imports orders one by one, and reports its progress."""

import json
import os
from typing import Any

import boto3

events = boto3.client("events")
orders_table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def handler(event: dict[str, Any], context: object) -> None:
    task = event["detail"]
    orders = (task.get("payload") or {}).get("orders")
    if not orders:
        report(task, status="FAILED", error={"code": "NoOrders", "message": "the payload must have orders"})
        return

    for number, order in enumerate(orders, start=1):
        # The function may get a task twice. To write an order again does no harm.
        orders_table.put_item(Item={"orderId": order["orderId"], "cents": order["cents"]})
        report(task, status="RUNNING", sequence=number, progress={"percent": 100 * number // len(orders)})
    report(task, status="SUCCESSFUL", result={"imported": len(orders)})


def report(task: dict[str, Any], **update: Any) -> None:
    """Sends a `TaskUpdatedEvent`."""
    reply = events.put_events(
        Entries=[
            {
                "EventBusName": task["reportTo"]["eventBusName"],
                "Source": task["reportTo"]["source"],
                "DetailType": "TaskUpdatedEvent",
                "Detail": json.dumps({"taskId": task["taskId"], "taskCreatedAt": task["createdAt"], **update}),
            }
        ]
    )
    # PutEvents also returns 200 if it refuses the event.
    if reply["FailedEntryCount"]:
        raise RuntimeError(f"could not report: {reply['Entries'][0]['ErrorCode']}")
