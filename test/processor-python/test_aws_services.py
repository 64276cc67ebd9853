"""The calls of AWS, with real boto3 clients."""

import io
import json
import logging
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
from cdk_task_manager_processor import OutOfTime, Task, TaskFailure, UploadBody, _task_processor, task_processor
from cdk_task_manager_processor._aws_services import AwsServices

from aws_server import AwsServer
from events import CREATED_AT, created_event, queue_event

MIB = 2**20
STATUS_READER = "arn:aws:lambda:eu-central-1:111122223333:function:status-reader"
REFUSED = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "confidential"}]}


@pytest.fixture(autouse=True)
def services(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> AwsServices:
    services = AwsServices()
    monkeypatch.setattr(_task_processor, "aws_services", services)
    return services


def uploading(body: UploadBody) -> Any:
    @task_processor
    def handler(task: Task, context: object) -> None:
        task.upload(body, content_type="text/csv", file_name="customers.csv")

    return handler


class ShortReads:
    """A stream that returns fewer bytes than asked for, as a socket does."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)
        self._sizes = random.Random(1)

    def read(self, size: int = -1, /) -> bytes:
        return self._content.read(min(size, self._sizes.randint(1, 100_000)))


def test_reports_are_events_on_the_bus(aws: AwsServer) -> None:
    @task_processor
    def handler(task: Task, context: object) -> dict[str, str]:
        return {"note": "žluťoučký 😀"}

    assert handler(created_event(), None) == {"note": "žluťoučký 😀"}

    assert [{name: entry[name] for name in ("EventBusName", "Source", "DetailType")} for entry in aws.entries] == [
        {"EventBusName": "bus", "Source": "tasks.processor.export", "DetailType": "TaskUpdatedEvent"}
    ] * 2
    details = sorted((json.loads(entry["Detail"]) for entry in aws.entries), key=lambda detail: detail["status"])
    assert details[0] == {"taskId": "0f8fad5b", "taskCreatedAt": CREATED_AT, "status": "RUNNING", "sequence": details[0]["sequence"]}
    assert details[1] == {"taskId": "0f8fad5b", "taskCreatedAt": CREATED_AT, "status": "SUCCESSFUL", "result": {"note": "žluťoučký 😀"}}


def test_the_client_is_made_once_for_all_invocations(aws: AwsServer) -> None:
    @task_processor
    def handler(task: Task, context: object) -> None:
        pass

    for _ in range(3):
        handler(created_event(), None)

    assert len(aws.entries) == 6
    # A RUNNING and an end at the same time.
    assert aws.connections <= 2


def test_no_client_is_made_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys, cdk_task_manager_processor.testing; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": source_folder()}).returncode == 0


def test_in_lambda_the_client_is_made_while_the_function_initializes(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(boto3, "client", lambda service, **settings: made.append(service))
    task_processor(lambda task, context: None)
    assert made == []

    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    for _ in range(2):
        task_processor(lambda task, context: None)
    assert made == ["events"]


def test_a_client_that_was_made_in_lambda_sends_the_reports(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    assert task_processor(lambda task, context: 7)(created_event(), None) == 7
    assert len(aws.entries) == 2


def test_a_refusal_is_logged_by_its_code(aws: AwsServer, caplog: pytest.LogCaptureFixture) -> None:
    aws.put_events_answers = [REFUSED]

    @task_processor
    def handler(task: Task, context: object) -> int:
        return 7

    assert handler(created_event(), None) == 7

    # It hits either of the two reports.
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.startswith("report failed: taskId=0f8fad5b status=")
    assert warning.endswith(" error=ThrottlingException")


def test_an_error_of_aws_is_logged_by_its_code(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    def put_events(**parameters: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "confidential"}}, "PutEvents")

    class Client:
        def __init__(self) -> None:
            self.put_events = put_events

    monkeypatch.setattr(_task_processor.aws_services, "_client", lambda service: Client())
    monkeypatch.setattr(_task_processor.clock, "sleep", lambda seconds: None)
    with pytest.raises(RuntimeError, match="EventBridge did not accept the report that the task is SUCCESSFUL"):
        task_processor(lambda task, context: 7)(created_event(), None)

    assert "error=AccessDeniedException" in caplog.text
    assert "confidential" not in caplog.text


def test_the_retry_of_a_cancelled_task_does_not_start(aws: AwsServer) -> None:
    aws.status = "CANCELLED"
    event = created_event(statusReaderArn=STATUS_READER)

    assert task_processor(lambda task, context: pytest.fail("started"))(queue_event(event, 2), None) is None

    assert aws.invocations == [(STATUS_READER, {"taskId": "0f8fad5b", "taskType": "export", "createdAt": CREATED_AT})]
    assert aws.entries == []


def test_a_status_reader_that_fails_does_not_stop_a_retry(aws: AwsServer, caplog: pytest.LogCaptureFixture) -> None:
    aws.status = None
    event = created_event(statusReaderArn=STATUS_READER)

    assert task_processor(lambda task, context: 7)(queue_event(event, 2), None) == 7

    assert "error=Unhandled" in caplog.text


@pytest.mark.parametrize(
    ("attributes", "statuses"), [({"RedrivePolicy": '{"maxReceiveCount":3}'}, ["FAILED", "RUNNING"]), ({}, ["RUNNING"])]
)
def test_the_last_attempt_is_known_from_the_queue(aws: AwsServer, attributes: dict[str, str], statuses: list[str]) -> None:
    aws.queue_attributes = attributes

    @task_processor
    def handler(task: Task, context: object) -> None:
        raise LookupError("no table")

    with pytest.raises(LookupError, match="no table"):
        handler(queue_event(created_event(), 3), None)

    assert aws.queue_requests == [
        {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/111122223333/exports", "AttributeNames": ["RedrivePolicy"]}
    ]
    assert sorted(json.loads(entry["Detail"])["status"] for entry in aws.entries) == statuses


@pytest.mark.parametrize(
    "body",
    ["a,b\n", b"a,b\n", bytearray(b"a,b\n"), io.BytesIO(b"a,b\n"), ["a", b",b", "", "\n"], ShortReads(b"a,b\n")],
    ids=lambda body: type(body).__name__,
)
def test_a_small_upload_is_one_request(aws: AwsServer, body: UploadBody) -> None:
    returned = uploading(body)(created_event(resultBucketName="results"), None)

    [(path, stored)] = aws.objects.items()
    key = path.removeprefix("/results/")
    assert key.startswith("tasks/export/0f8fad5b/")
    assert (stored.content_type, stored.parts, stored.sha256) == ("text/csv", [4], sha256(b"a,b\n").hexdigest())
    end = {"status": "SUCCESSFUL", "resultObject": {"key": key, "contentType": "text/csv", "fileName": "customers.csv"}}
    assert returned == {"cdk-task-manager:end": end}


def test_an_empty_upload_is_an_empty_object(aws: AwsServer) -> None:
    uploading([])(created_event(resultBucketName="results"), None)
    assert [stored.parts for stored in aws.objects.values()] == [[0]]


@pytest.mark.parametrize("kind", ["bytes", "stream", "generator"])
def test_a_large_upload_has_parts_of_8_mib(aws: AwsServer, kind: str) -> None:
    content = random.Random(1).randbytes(20 * MIB + 1)
    generator = (content[start : start + 300_000] for start in range(0, len(content), 300_000))
    bodies: dict[str, UploadBody] = {"bytes": content, "stream": ShortReads(content), "generator": generator}

    uploading(bodies[kind])(created_event(resultBucketName="results"), None)

    [stored] = aws.objects.values()
    assert (stored.content_type, stored.parts) == ("text/csv", [8 * MIB, 8 * MIB, 4 * MIB + 1])
    parts = [content[start : start + 8 * MIB] for start in range(0, len(content), 8 * MIB)]
    assert stored.sha256 == "".join(sha256(part).hexdigest() for part in parts)


def test_an_error_of_a_generator_aborts_its_upload(aws: AwsServer) -> None:
    def rows() -> Iterator[bytes]:
        yield bytes(20 * MIB)
        raise TaskFailure("BadRow", "row 7 has no id")

    returned = uploading(rows())(created_event(resultBucketName="results"), None)

    assert returned == {"cdk-task-manager:end": {"status": "FAILED", "error": {"code": "BadRow", "message": "row 7 has no id"}}}
    assert (aws.objects, len(aws.aborted)) == ({}, 1)


def test_an_upload_is_aborted_when_the_time_of_the_function_is_nearly_up(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    start = _task_processor.clock.now_ms()

    def rows() -> Iterator[bytes]:
        yield bytes(20 * MIB)
        monkeypatch.setattr(_task_processor.clock, "now_ms", lambda: start + 900_000)
        yield bytes(20 * MIB)

    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 900_000

    with pytest.raises(OutOfTime):
        uploading(rows())(created_event(resultBucketName="results"), Context())

    assert (aws.objects, len(aws.aborted)) == ({}, 1)


def test_a_text_file_can_not_be_uploaded(aws: AwsServer) -> None:
    with pytest.raises(TypeError, match="open the file in binary mode"):
        uploading(io.StringIO("a,b\n"))(created_event(resultBucketName="results"), None)


def test_a_value_that_is_no_content_can_not_be_uploaded() -> None:
    with pytest.raises(TypeError, match="an upload must be text, bytes, a stream or an iterable of text or bytes, got int"):
        uploading(7)(created_event(resultBucketName="results"), None)  # type: ignore[arg-type]


def test_an_upload_needs_little_memory(aws: AwsServer) -> None:
    script = """
import resource, sys
from cdk_task_manager_processor import task_processor
from events import created_event

def upload(parts):
    work = lambda task, context: task.upload((bytes(2**20) for _ in range(parts)), content_type="text/plain")
    task_processor(work)(created_event(resultBucketName="results"), None)
    # In KiB; in bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)

small = upload(1)
print(upload(256) - small)
"""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": f"{source_folder()}:{Path(__file__).parent}"}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)

    assert sum(sum(stored.parts) for stored in aws.objects.values()) == 257 * MIB
    # Four parts of 8 MiB are under way, the next one is read, and what they are made of is copied.
    assert int(done.stdout) < 100


def source_folder() -> str:
    return str(Path(_task_processor.__file__).parents[1])
