from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from cdk_task_manager import TaskManager
from constructs import Construct


class OrdersStack(Stack):
    """The bounded context Orders: accepts tasks, and notifies the warehouse of imported orders."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)

        self.tasks = TaskManager(self, "Tasks", task_timeout=Duration.hours(1), removal_policy=RemovalPolicy.DESTROY)

        warehouse = sqs.Queue(self, "Warehouse")
        self.tasks.on_task_successful("TellWarehouse", task_type="import-orders", target=targets.SqsQueue(warehouse))

        CfnOutput(self, "ApiUrl", value=self.tasks.api_url)
        CfnOutput(self, "WarehouseQueue", value=warehouse.queue_url)
