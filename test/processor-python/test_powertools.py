"""Powertools for AWS Lambda around a processor, and around what it calls."""

import json
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, SQSEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext
from cdk_task_manager_processor import Task, TaskFailure, _task_processor, task_processor
from cdk_task_manager_processor._aws_services import AwsServices
from cdk_task_manager_processor.testing import fake_task

from aws_server import AwsServer
from events import created_event, queue_event


def test_logger_and_metrics_around_a_processor(capsys: pytest.CaptureFixture[str]) -> None:
    logger = Logger(service="export")
    metrics = Metrics(namespace="Shop", service="export")

    @logger.inject_lambda_context(correlation_id_path="detail.taskId", clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    @task_processor
    def handler(task: Task, context: LambdaContext) -> dict[str, int]:
        logger.info("exporting", table=task.payload["table"])
        metrics.add_metric(name="Rows", unit=MetricUnit.Count, value=7)
        return {"rows": 7}

    task = fake_task({"table": "customers"}).run(handler)

    assert task.result == {"rows": 7}
    [cold_start, metric] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert (cold_start["ColdStart"], metric["Rows"]) == ([1], [7])


@pytest.mark.parametrize("queued", [False, True])
def test_event_source_around_a_processor(aws: AwsServer, monkeypatch: pytest.MonkeyPatch, queued: bool) -> None:
    monkeypatch.setattr(_task_processor, "aws_services", AwsServices())

    @event_source(data_class=SQSEvent if queued else EventBridgeEvent)
    @task_processor
    def handler(task: Task, context: LambdaContext) -> Any:
        return task.payload

    event = created_event()
    assert handler(queue_event(event, 1) if queued else event, LambdaContext()) == {"table": "customers"}
    assert len(aws.entries) == 2


def test_tracer_around_a_processor(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tracer patches boto3. The reports of the background have no segment of their own.
    monkeypatch.setattr(_task_processor, "aws_services", AwsServices())
    monkeypatch.setenv("LAMBDA_TASK_ROOT", "/var/task")
    monkeypatch.setenv("AWS_XRAY_CONTEXT_MISSING", "RUNTIME_ERROR")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
    tracer = Tracer(service="export", auto_patch=True, disabled=False)

    @tracer.capture_lambda_handler
    @task_processor
    def handler(task: Task, context: object) -> int:
        return rows()

    @tracer.capture_method
    def rows() -> int:
        return 7

    assert handler(created_event(), LambdaContext()) == 7
    assert sorted(json.loads(entry["Detail"])["status"] for entry in aws.entries) == ["RUNNING", "SUCCESSFUL"]


def test_a_decorator_inside_of_a_processor() -> None:
    def with_failures(function: Any) -> Any:
        def call(task: Task, context: object) -> Any:
            try:
                return function(task, context)
            except LookupError as error:
                raise TaskFailure("UnknownTable", str(error)) from error

        return call

    @task_processor
    @with_failures
    def handler(task: Task, context: object) -> None:
        raise LookupError("there is no such table")

    assert fake_task().run(handler).error == {"code": "UnknownTable", "message": "there is no such table"}
