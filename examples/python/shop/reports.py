from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from cdk_task_manager import TaskManager
from constructs import Construct


class ReportsStack(Stack):
    """The bounded context Reports: accepts tasks, and keeps their results for 30 days."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)

        self.tasks = TaskManager(self, "Tasks", task_retention=Duration.days(30), removal_policy=RemovalPolicy.DESTROY)
        self.tasks.create_outputs()

        CfnOutput(self, "ApiUrl", value=self.tasks.api_url)
