"""Calls AWS."""

import json
import threading
from typing import Any

from ._event import CreatedTask
from ._protocol import TASK_UPDATED, Json
from ._services import Source

# Memory for an upload: so many parts of 8 MiB.
_UPLOAD_PARTS = 4

_CONNECT_SECONDS = 2
_SETTINGS: dict[str, dict[str, Any]] = {
    "events": {"read_timeout": 5, "retries": {"mode": "standard", "total_max_attempts": 3}},
    # While the helper asks for a status, the retry of a task waits.
    "lambda": {"read_timeout": 3, "retries": {"mode": "standard", "total_max_attempts": 1}},
    "s3": {"max_pool_connections": _UPLOAD_PARTS, "retries": {"mode": "standard"}},
    "sqs": {"read_timeout": 5, "retries": {"mode": "standard"}},
}


class AwsServices:
    """Makes each client when it is first used. All invocations of the function use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session: Any = None

    def prepare(self) -> None:
        """Makes the client that each task needs, with the default session of boto3, so that the work shares what it loads. Only before
        the work starts: later, it could use the session at the same time, and it is not thread-safe."""
        if "events" not in self._clients:
            import boto3

            self._clients["events"] = self._new_client(boto3, "events")

    def send(self, task: CreatedTask, report: Json) -> None:
        reply = self._client("events").put_events(
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
        reply = self._client("lambda").invoke(FunctionName=status_reader_arn, Payload=json.dumps(request).encode())
        if reply.get("FunctionError"):
            raise RefusedError(reply["FunctionError"], "the StatusReader failed")
        return str(json.loads(reply["Payload"].read())["status"])

    def upload(self, bucket: str, key: str, source: Source, content_type: str) -> None:
        from boto3.s3.transfer import TransferConfig

        config = TransferConfig(max_concurrency=_UPLOAD_PARTS)
        config.max_in_memory_upload_chunks = _UPLOAD_PARTS
        self._client("s3").upload_fileobj(source, bucket, key, ExtraArgs={"ContentType": content_type}, Config=config)

    def read(self, uri: str) -> bytes:
        """Reads an object at ``s3://bucket/key``."""
        content: bytes = self._client("s3").get_object(**_address(uri))["Body"].read()
        return content

    def write(self, uri: str, text: str) -> None:
        self._client("s3").put_object(**_address(uri), Body=text.encode(), ContentType="application/json")

    def max_receive_count(self, queue_arn: str) -> int | None:
        _, _, _, region, account, name = queue_arn.split(":")
        # The URL only names the queue. The request goes where the client sends all requests.
        url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
        attributes = self._client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
        policy = attributes.get("RedrivePolicy")
        return int(json.loads(policy)["maxReceiveCount"]) if policy else None

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                # To load it takes time. A function whose events are all refused, and tests, do without.
                import boto3

                self._session = self._session or boto3.session.Session()
                self._clients[service] = self._new_client(self._session, service)
            return self._clients[service]

    @staticmethod
    def _new_client(session: Any, service: str) -> Any:
        from botocore.config import Config

        return session.client(service, config=Config(connect_timeout=_CONNECT_SECONDS, **_SETTINGS[service]))


def _address(uri: str) -> dict[str, str]:
    _, _, bucket, key = uri.split("/", 3)
    return {"Bucket": bucket, "Key": key}


class RefusedError(Exception):
    """What a service answered instead of a success."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": code}}
