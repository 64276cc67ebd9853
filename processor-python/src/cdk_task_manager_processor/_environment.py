"""What a ContainerTaskProcessor passes to its container."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._event import CreatedTask


@dataclass(frozen=True)
class ContainerTask:
    """A task, and where its payload and its end are."""

    task: CreatedTask
    # s3://bucket/key of a payload that is too long for the environment.
    payload_uri: str | None
    # s3://bucket/key of the object that says how the task ended; None if the TaskManager has no bucket for results.
    result_uri: str | None


def parse_environment(environment: Mapping[str, str]) -> ContainerTask:
    """
    :raises ValueError: if a variable is missing or not valid. The message does not quote it.
    """

    def required(name: str) -> str:
        if not environment.get(name):
            raise ValueError(f"{name} is missing: run_task works in a container that a ContainerTaskProcessor starts")
        return environment[name]

    payload = environment.get("TASK_PAYLOAD")
    report_to = parse_json("TASK_REPORT_TO", required("TASK_REPORT_TO"))
    if not (isinstance(report_to, dict) and report_to.get("eventBusName") and report_to.get("source")):
        raise ValueError("TASK_REPORT_TO must have an eventBusName and a source")
    task = CreatedTask(
        task_id=required("TASK_ID"),
        type=required("TASK_TYPE"),
        payload=parse_json("TASK_PAYLOAD", payload) if payload else None,
        owner=environment.get("TASK_OWNER"),
        created_at=required("TASK_CREATED_AT"),
        deadline_at=required("TASK_DEADLINE"),
        event_bus_name=report_to["eventBusName"],
        source=report_to["source"],
        status_reader_arn=report_to.get("statusReaderArn"),
        result_bucket_name=report_to.get("resultBucketName"),
        traceparent=environment.get("TRACEPARENT"),
        tracestate=environment.get("TRACESTATE"),
    )
    return ContainerTask(task, environment.get("TASK_PAYLOAD_URI"), environment.get("TASK_RESULT_URI"))


def parse_json(name: str, text: str | bytes) -> Any:
    """
    :raises ValueError: if the text is not JSON. The message names the text, and does not quote it.
    """
    try:
        return json.loads(text)
    except ValueError:
        # Without its cause, which has the text.
        raise ValueError(f"{name} is not JSON") from None
