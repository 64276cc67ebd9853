"""Calls AWS."""

import json
import threading
from typing import Any

from ._event import CreatedTask
from ._protocol import TASK_UPDATED, Json
from ._services import Source

_CONNECT_SECONDS = 2
_SEND_SECONDS = 5
# Maximum time to ask for a status. Meanwhile, the retry of a task waits.
_STATUS_SECONDS = 3
# Memory for an upload: so many parts of 8 MiB.
_UPLOAD_PARTS = 4


class AwsServices:
    """Makes each client when it is first used. All invocations of the function use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session: Any = None

    def prepare(self) -> None:
        """Makes the client that each task needs."""
        self._events()

    def send(self, task: CreatedTask, report: Json) -> None:
        reply = self._events().put_events(
            Entries=[
                {
                    "EventBusName": task.event_bus_name,
                    "Source": task.source,
                    "DetailType": TASK_UPDATED,
                    "Detail": json.dumps(report, ensure_ascii=False, separators=(",", ":")),
                }
            ]
        )
        # PutEvents answers 200 even if it refuses the event.
        if reply.get("FailedEntryCount"):
            raise RefusedError((reply.get("Entries") or [{}])[0].get("ErrorCode"), "EventBridge refused the event")

    def status(self, status_reader_arn: str, request: Json) -> str:
        client = self._client("lambda", read_timeout=_STATUS_SECONDS, retries={"mode": "standard", "total_max_attempts": 1})
        reply = client.invoke(FunctionName=status_reader_arn, Payload=json.dumps(request).encode())
        if reply.get("FunctionError"):
            raise RefusedError(reply["FunctionError"], "the StatusReader failed")
        return str(json.loads(reply["Payload"].read())["status"])

    def upload(self, bucket: str, key: str, source: Source, content_type: str) -> None:
        from boto3.s3.transfer import TransferConfig

        config = TransferConfig(max_concurrency=_UPLOAD_PARTS)
        config.max_in_memory_upload_chunks = _UPLOAD_PARTS
        client = self._client("s3", retries={"mode": "standard"}, max_pool_connections=_UPLOAD_PARTS)
        client.upload_fileobj(source, bucket, key, ExtraArgs={"ContentType": content_type}, Config=config)

    def max_receive_count(self, queue_arn: str) -> int | None:
        _, _, _, region, account, name = queue_arn.split(":")
        # The URL only names the queue. The request goes where the client sends all requests.
        url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
        client = self._client("sqs", read_timeout=_SEND_SECONDS, retries={"mode": "standard"})
        attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
        policy = attributes.get("RedrivePolicy")
        return int(json.loads(policy)["maxReceiveCount"]) if policy else None

    def _events(self) -> Any:
        return self._client("events", read_timeout=_SEND_SECONDS, retries={"mode": "standard", "total_max_attempts": 3})

    def _client(self, service: str, **settings: Any) -> Any:
        with self._lock:
            if service not in self._clients:
                # To load it takes half a second. A function whose events are all rejected, and tests, do without.
                import boto3
                from botocore.config import Config

                # The default session is not thread-safe, and the work may use it at the same time.
                self._session = self._session or boto3.session.Session()
                self._clients[service] = self._session.client(service, config=Config(connect_timeout=_CONNECT_SECONDS, **settings))
            return self._clients[service]


class RefusedError(Exception):
    """What a service answered instead of a success."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": code}}
