from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from cdk_task_manager import TaskLiveUpdates, TaskManager
from constructs import Construct


class OrdersStack(Stack):
    """The bounded context Orders: accepts tasks, sends their changes to who watches, notifies the warehouse, and calls for help."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)

        self.tasks = TaskManager(self, "Tasks", task_timeout=Duration.hours(1), removal_policy=RemovalPolicy.DESTROY)

        self.live = TaskLiveUpdates(self, "Live", task_manager=self.tasks)

        warehouse = sqs.Queue(self, "Warehouse")
        self.tasks.on_task_successful("TellWarehouse", task_type="import-orders", target=targets.SqsQueue(warehouse))

        on_call = sns.Topic(self, "OnCall")
        self.tasks.create_alarms(action=actions.SnsAction(on_call), max_failure_percent=20)
        self.tasks.create_dashboard(default_interval=Duration.days(1))
        self.tasks.create_queries()
        self.tasks.create_outputs(live_updates=self.live)

        CfnOutput(self, "ApiUrl", value=self.tasks.api_url)
        CfnOutput(self, "LiveUrl", value=self.live.url)
        CfnOutput(self, "WarehouseQueue", value=warehouse.queue_url)
