from pathlib import Path
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from cdk_task_manager import ITaskManager, TaskProcessor
from constructs import Construct

CODE = Path(__file__).parent.parent / "functions" / "order_import"


class OrderImportStack(Stack):
    """Imports orders. A separate stack, so that the function can be deployed without the TaskManager."""

    def __init__(self, scope: Construct, construct_id: str, *, tasks: ITaskManager, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)

        orders = dynamodb.TableV2(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="orderId", type=dynamodb.AttributeType.STRING),
            removal_policy=RemovalPolicy.DESTROY,
        )
        importer = lambda_.Function(
            self,
            "Importer",
            code=lambda_.Code.from_asset(str(CODE)),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            timeout=Duration.minutes(15),
            environment={"ORDERS_TABLE": orders.table_name},
        )
        orders.grant_write_data(importer)

        TaskProcessor(self, "ImportOrders", task_manager=tasks, task_type="import-orders", handler=importer)
