from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from cdk_task_manager import ITaskManager, TaskLiveUpdates
from constructs import Construct


class BackOfficeStack(Stack):
    """The suppliers of tasks: a role that can create and read tasks of both contexts, and watch the orders."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        orders: ITaskManager,
        orders_live: TaskLiveUpdates,
        reports: ITaskManager,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)

        clerk = iam.Role(self, "Clerk", assumed_by=iam.AccountRootPrincipal())
        for tasks in (orders, reports):
            tasks.grant_create(clerk)
            tasks.grant_read(clerk)
        orders_live.grant_connect(clerk)

        CfnOutput(self, "ClerkRole", value=clerk.role_arn)
