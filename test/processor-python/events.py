"""Events of tasks for the tests."""

import json
from typing import Any

CREATED_AT = "2026-11-26T09:59:59.500Z"


def created_event(**report_to: str) -> dict[str, Any]:
    """Makes a TaskCreatedEvent that does not look like a retry."""
    return {
        "detail-type": "TaskCreatedEvent",
        "detail": {
            "taskId": "0f8fad5b",
            "type": "export",
            "payload": {"table": "customers"},
            "owner": "ada",
            "createdAt": CREATED_AT,
            "deadlineAt": "2226-11-26T09:59:59.500Z",
            "reportTo": {"eventBusName": "bus", "source": "tasks.processor.export", **report_to},
        },
    }


def queue_event(event: dict[str, Any], receive_count: int) -> dict[str, Any]:
    record = {
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": str(receive_count)},
        "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:exports",
    }
    return {"Records": [record]}
