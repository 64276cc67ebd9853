"""What Lambda invokes the function with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ._protocol import TASK_CREATED

_REQUIRED = ("taskId", "type", "createdAt", "deadlineAt", "reportTo.eventBusName", "reportTo.source")


@dataclass(frozen=True)
class CreatedTask:
    """The detail of a ``TaskCreatedEvent``."""

    task_id: str
    type: str
    payload: Any
    owner: str | None
    created_at: str
    deadline_at: str
    event_bus_name: str
    source: str
    status_reader_arn: str | None
    result_bucket_name: str | None
    traceparent: str | None
    tracestate: str | None


@dataclass(frozen=True)
class Delivery:
    """A task, and how it came."""

    task: CreatedTask
    # When EventBridge got the event, in milliseconds; None if the event does not say.
    sent_at_ms: float | None
    # How often a queue has delivered it; 1 without a queue.
    receive_count: int = 1
    queue_arn: str | None = None


def parse_delivery(event: Any) -> Delivery:
    """Parses a ``TaskCreatedEvent``, or the event of a queue with one such event.

    :raises ValueError: if it is anything else. The message does not quote it.
    """
    records = _at(event, "Records")
    if not isinstance(records, list):
        return Delivery(*_parse_created(event))
    if len(records) != 1:
        raise ValueError(f"expected one message of a queue, got {len(records)}: set the batch size of the event source mapping to 1")
    [record] = records
    task, sent_at_ms = _parse_created(_parse_json(_at(record, "body")))
    return Delivery(task, sent_at_ms, _whole_number(_at(record, "attributes.ApproximateReceiveCount")) or 1, _at(record, "eventSourceARN"))


def time_of(text: str) -> datetime:
    """Parses a time of the API."""
    # Python 3.10 does not know the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _parse_created(event: Any) -> tuple[CreatedTask, float | None]:
    detail_type = _at(event, "detail-type")
    if detail_type != TASK_CREATED:
        got = f"a {detail_type}" if isinstance(detail_type, str) else "something else"
        raise ValueError(f"expected a {TASK_CREATED} from EventBridge, or a message of a queue with one, got {got}")
    detail = _at(event, "detail")
    missing = next((name for name in _REQUIRED if not isinstance(_at(detail, name), str)), None)
    if missing:
        raise ValueError(f"expected a {TASK_CREATED} with detail.{missing}: do not transform the event")
    task = CreatedTask(
        task_id=_at(detail, "taskId"),
        type=_at(detail, "type"),
        payload=_at(detail, "payload"),
        owner=_at(detail, "owner"),
        created_at=_at(detail, "createdAt"),
        deadline_at=_at(detail, "deadlineAt"),
        event_bus_name=_at(detail, "reportTo.eventBusName"),
        source=_at(detail, "reportTo.source"),
        status_reader_arn=_at(detail, "reportTo.statusReaderArn"),
        result_bucket_name=_at(detail, "reportTo.resultBucketName"),
        traceparent=_at(detail, "traceparent"),
        tracestate=_at(detail, "tracestate"),
    )
    return task, _milliseconds(_at(event, "time"))


def _at(value: Any, path: str) -> Any:
    """Returns the member of a value at a path; None if there is none."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _parse_json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def _whole_number(text: Any) -> int | None:
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


def _milliseconds(time: Any) -> float | None:
    try:
        return time_of(time).timestamp() * 1000
    except (AttributeError, ValueError):
        return None
