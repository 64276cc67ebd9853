from pathlib import Path
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from cdk_task_manager import ITaskManager, TaskProcessor
from constructs import Construct

CODE = Path(__file__).parent.parent / "functions" / "sales_report"


class SalesReportStack(Stack):
    """Reports on sales. The return value of its function is the result of the task."""

    def __init__(self, scope: Construct, construct_id: str, *, tasks: ITaskManager, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)

        reporter = lambda_.Function(
            self,
            "Reporter",
            code=lambda_.Code.from_asset(str(CODE)),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            timeout=Duration.minutes(5),
        )

        TaskProcessor(
            self,
            "ReportSales",
            task_manager=tasks,
            task_type="sales-report",
            handler=reporter,
            complete_on_return=True,
        )
