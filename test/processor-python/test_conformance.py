"""Runs the cases that the helpers of all languages share. test/conformance/README.md describes them."""

import copy
import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cdk_task_manager_processor import Task, TaskFailure, _run_task, _task_processor, run_task, task_processor
from cdk_task_manager_processor._aws_services import AwsServices

from fake_clock import FakeClock

SUITE = json.loads((Path(__file__).parents[1] / "conformance" / "cases.json").read_text())
CASES = SUITE["cases"]
FEATURES = {"container", "schema", "upload"}
START_MS = datetime.fromisoformat(SUITE["startAt"].replace("Z", "+00:00")).timestamp() * 1000
OPTIONS = {
    "heartbeatSeconds": "heartbeat_seconds",
    "progressIntervalSeconds": "progress_interval_seconds",
    "statusIntervalSeconds": "status_interval_seconds",
}
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def filled_in(value: Any) -> Any:
    """Replaces the objects that stand for long values."""
    if isinstance(value, list):
        return [filled_in(member) for member in value]
    if not isinstance(value, dict):
        return value
    if "$repeat" in value:
        return value["$repeat"] * value["times"]
    if "$nested" in value:
        nested: list[Any] = []
        for _ in range(value["$nested"] - 1):
            nested = [nested]
        return nested
    if "$contains" in value:
        return Containing(value["$contains"])
    return {name: filled_in(member) for name, member in value.items()}


class Containing:
    """Equals each text that contains a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.text in other

    def __repr__(self) -> str:
        return f"<contains {self.text!r}>"


def patched(value: Any, patch: Any) -> Any:
    """Applies a JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    members = dict(value) if isinstance(value, dict) else {}
    for name, member in patch.items():
        if member is None:
            members.pop(name, None)
        else:
            members[name] = patched(members.get(name), member)
    return members


def event_of(case: dict[str, Any]) -> Any:
    options = case.get("event", {})
    if "raw" in options:
        return options["raw"]
    event = patched(copy.deepcopy(SUITE["createdEvent"]), options.get("patch", {}))
    if "queue" not in options:
        return event
    queue = options["queue"]
    record = copy.deepcopy(SUITE["queueRecord"])
    record["attributes"]["ApproximateReceiveCount"] = str(queue.get("receiveCount", 1))
    record["body"] = queue.get("body", json.dumps(event))
    return {"Records": [record] * queue.get("records", 1)}


def environment_of(case: dict[str, Any]) -> dict[str, str]:
    variables = patched(SUITE["environment"], case["container"].get("environment", {}))
    return {name: as_text(value) for name, value in variables.items()}


def as_text(value: Any) -> str:
    """Returns the text of a variable or an object. What is not a text is JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def trace_id_of(case: dict[str, Any]) -> str | None:
    detail = case.get("event", {}).get("patch", {}).get("detail", {})
    environment = case.get("container", {}).get("environment", {})
    traceparent = detail.get("traceparent", environment.get("TRACEPARENT", SUITE["createdEvent"]["detail"]["traceparent"]))
    return str(traceparent).split("-")[1] if traceparent else None


def ids_of(case: dict[str, Any]) -> str:
    """Returns what each entry of the log has."""
    task_id, trace_id = SUITE["createdEvent"]["detail"]["taskId"], trace_id_of(case)
    return f"taskId={task_id} traceId={trace_id}" if trace_id else f"taskId={task_id}"


class InvalidPayload(ValueError):
    """An error as pydantic raises it."""

    def __init__(self, issues: list[dict[str, Any]]) -> None:
        super().__init__("confidential")
        self._issues = issues

    def errors(self) -> list[dict[str, Any]]:
        return [{"loc": tuple(issue["path"]), "msg": issue["message"]} for issue in self._issues]


def schema_of(schema: dict[str, Any]) -> Callable[[Any], Any]:
    def check(payload: Any) -> Any:
        if "issues" in schema:
            raise InvalidPayload(schema["issues"])
        return schema["returns"]

    return check


class FakeAws:
    """Answers the calls of the SDK's clients."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.reports: list[dict[str, Any]] = []
        self.uploads: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status_requests = 0
        # The ends of a container.
        self.ends: list[Any] = []
        self._case = case
        container = case.get("container", {})
        self._objects = container.get("objects", {})
        self._failures = {failure["operation"]: times_of(failure) for failure in container.get("bucket", [])}
        self._refusals = [{**refusal, "times": times_of(refusal)} for refusal in case.get("eventBus", [])]
        self._detail = patched(SUITE["createdEvent"]["detail"], case.get("event", {}).get("patch", {}).get("detail", {}))
        if "TASK_CREATED_AT" in container.get("environment", {}):
            self._detail["createdAt"] = container["environment"]["TASK_CREATED_AT"]
        self._answers: Iterator[Any] = self._status_answers(case.get("statusReader", ["RUNNING"]))

    def client(self, service: str) -> "FakeAws":
        return self

    def put_events(self, *, Entries: list[dict[str, str]]) -> Any:
        [entry] = Entries
        detail = json.loads(entry["Detail"])
        refusal = next((one for one in self._refusals if one["status"] == detail["status"] and one["times"] > 0), None)
        if refusal:
            refusal["times"] -= 1
            if refusal["answer"] == "throws":
                raise ConnectionError("confidential")
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "confidential"}]}
        report_to = self._detail["reportTo"]
        assert entry == {
            **entry,
            "EventBusName": report_to["eventBusName"],
            "Source": report_to["source"],
            "DetailType": "TaskUpdatedEvent",
        }
        assert detail.pop("taskId") == self._detail["taskId"]
        assert detail.pop("taskCreatedAt") == self._detail["createdAt"]
        self.reports.append(detail)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:
        self.status_requests += 1
        assert FunctionName == self._detail["reportTo"]["statusReaderArn"]
        request = {"taskId": self._detail["taskId"], "taskType": self._detail["type"], "createdAt": self._detail["createdAt"]}
        assert json.loads(Payload) == request
        answer = next(self._answers)
        if isinstance(answer, str):
            return {"Payload": io.BytesIO(json.dumps({"status": answer}).encode())}
        if answer.get("throws"):
            raise ConnectionError("confidential")
        return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage":"confidential"}')}

    def upload_fileobj(self, source: Any, bucket: str, key: str, *, ExtraArgs: dict[str, str], Config: object) -> None:
        task_type, task_id = self._detail["type"], self._detail["taskId"]
        assert re.fullmatch(f"tasks/{re.escape(task_type)}/{re.escape(task_id)}/{UUID}", key)
        self.keys.append(key)
        self.uploads.append({"bucket": bucket, "body": source.read(-1).decode(), "contentType": ExtraArgs["ContentType"]})

    def get_object(self, *, Bucket: str, Key: str) -> Any:
        self._fail_if("read")
        return {"Body": io.BytesIO(as_text(self._objects[f"s3://{Bucket}/{Key}"]).encode())}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:
        self._fail_if("write")
        assert (f"s3://{Bucket}/{Key}", ContentType) == (SUITE["environment"]["TASK_RESULT_URI"], "application/json")
        self.ends.append(json.loads(Body))

    def _fail_if(self, operation: str) -> None:
        if self._failures.get(operation, 0) > 0:
            self._failures[operation] -= 1
            raise ConnectionError("confidential")

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:
        queue = self._case.get("queue", {"fails": True})
        assert QueueUrl.endswith("/111122223333/shop-export-queue")
        if queue.get("fails"):
            raise ConnectionError("confidential")
        return {"Attributes": {"RedrivePolicy": json.dumps(queue)}} if "maxReceiveCount" in queue else {}

    @staticmethod
    def _status_answers(answers: list[Any]) -> Iterator[Any]:
        yield from answers
        while True:
            yield answers[-1]


def times_of(failure: dict[str, Any]) -> float:
    return float("inf") if failure["times"] == "always" else float(failure["times"])


class FakeProcess:
    """The process of a container."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.printed: list[BaseException] = []
        self.stop: Callable[[], None] = lambda: None

    def on_sigterm(self, stop: Callable[[], None]) -> None:
        self.stop = stop

    def print(self, error: BaseException) -> None:
        self.printed.append(error)

    def exit(self, code: int) -> None:
        raise SystemExit(code)


class Work:
    """Runs the script of a case."""

    def __init__(self, steps: list[dict[str, Any]], clock: FakeClock, process: FakeProcess | None) -> None:
        self.has_started = False
        # Why the helper did not do what a step expects.
        self.failure: AssertionError | None = None
        self._process = process
        self._steps = steps
        self._clock = clock
        self._reason: Exception | None = None

    def __call__(self, task: Task, context: object = None) -> Any:
        try:
            return self._run(task)
        except AssertionError as failure:
            self.failure = failure
            raise

    def _run(self, task: Task) -> Any:
        self.has_started = True
        self._clock.settle()
        for step in self._steps:
            if "return" in step:
                return step["return"]
            if "returnNothing" in step:
                return None
            if "returnUnserializable" in step:
                return object()
            self._do(step, task)
            self._clock.settle()
        raise AssertionError("the work has no end")

    def _do(self, step: dict[str, Any], task: Task) -> None:
        if "rejects" in step:
            with pytest.raises((ValueError, RuntimeError)) as rejected:
                self._do({name: value for name, value in step.items() if name != "rejects"}, task)
            assert str(rejected.value) == step["rejects"]
            return
        [(name, value)] = step.items()
        match name:
            case "expectPayload":
                assert task.payload == value
            case "expectTrace":
                assert {"traceparent": task.traceparent, "tracestate": task.tracestate} == value
            case "advanceMs":
                self._clock.advance(value)
            case "progress":
                task.progress(value.get("percent"), value.get("message"))
            case "upload":
                task.upload(value["body"], content_type=value["contentType"], file_name=value.get("fileName"))
            case "sigterm":
                assert self._process
                self._process.stop()
            case "waitUntilCancelled":
                self._wait_until_cancelled(task, **value)
            case "fail":
                raise TaskFailure(value["code"], value["message"])
            case "throw":
                raise type(value["name"], (Exception,), {})(value["message"])
            case "throwReason":
                assert self._reason
                raise self._reason
            case _:
                raise AssertionError(f"unknown step {name}")

    def _wait_until_cancelled(self, task: Task, reason: str, atMs: int, status: str | None = None) -> None:
        for _ in range(1000):
            if task.is_cancelled:
                break
            self._clock.advance(1000)
        try:
            task.raise_if_cancelled()
        except Exception as error:
            self._reason = error
        assert type(self._reason).__name__ == reason
        assert getattr(self._reason, "status", None) == status
        assert self._clock.now_ms() == START_MS + atMs


class Context:
    def __init__(self, clock: FakeClock, remaining_ms: int) -> None:
        self._clock = clock
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms - int(self._clock.now_ms() - START_MS)


@pytest.mark.parametrize("original", [pytest.param(case, id=case["name"]) for case in CASES])
def test_helper(original: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    case = filled_in(original)
    assert set(case.get("features", [])) <= FEATURES
    caplog.set_level(logging.DEBUG)
    clock = FakeClock(START_MS)
    clock.install(monkeypatch)
    aws = FakeAws(case)
    services = AwsServices()
    monkeypatch.setattr(services, "_client", aws.client)
    monkeypatch.setattr(services, "prepare", lambda: None)
    monkeypatch.setattr(_task_processor, "aws_services", services)
    monkeypatch.setattr(_run_task, "aws_services", services)
    options = {OPTIONS[name]: value for name, value in case.get("options", {}).items() if name in OPTIONS}
    if "schema" in case.get("options", {}):
        options["schema"] = schema_of(case["options"]["schema"])
    process = FakeProcess(environment_of(case)) if "container" in case else None
    work = Work(case["work"], clock, process)

    outcome: dict[str, Any] = {}
    try:
        if process:
            monkeypatch.setattr(_run_task, "process", process)
            run_task(work, **options)
        handler = task_processor(**options)(work)
        returned = handler(event_of(case), Context(clock, case.get("remainingMs", 900_000)))
        outcome["returns"] = json.loads(json.dumps(returned))
    except SystemExit as ended:
        outcome["exits"] = ended.code
        if aws.ends:
            outcome["stores"] = aws.ends[-1]
    except Exception as error:
        outcome["throws"] = {"name": type(error).__name__, "message": str(error)}

    expected = case["expected"]
    assert work.failure is None
    for report in aws.reports:
        if "sequence" in report:
            report["sequence"] -= START_MS
    assert aws.reports == with_keys(expected["reports"], aws.keys)
    if "throws" in expected["outcome"]:
        assert outcome == {"throws": {**outcome.get("throws", {}), **expected["outcome"]["throws"]}}
    else:
        assert outcome == with_keys(expected["outcome"], aws.keys)
    assert work.has_started == expected.get("workStarts", True)
    if "statusRequests" in expected:
        assert aws.status_requests == expected["statusRequests"]
    if "uploads" in expected:
        assert aws.uploads == expected["uploads"]
    if "warnings" in expected:
        assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == expected["warnings"]
    if "prints" in expected:
        assert process and len(process.printed) == expected["prints"]
    for record in caplog.records:
        assert ids_of(case) in record.getMessage()
    if trace_id_of(case) is None:
        assert "traceId" not in caplog.text
    assert "confidential" not in caplog.text
    assert [background.next_at_ms() for background in clock.backgrounds] == [None] * len(clock.backgrounds)
    for thread in threading.enumerate():
        if thread.name.startswith("task-"):
            thread.join(10)
            assert not thread.is_alive()


def with_keys(value: Any, keys: list[str]) -> Any:
    """Replaces the names of the uploaded objects by their keys."""
    if isinstance(value, list):
        return [with_keys(member, keys) for member in value]
    if isinstance(value, dict):
        return {name: with_keys(member, keys) for name, member in value.items()}
    named = re.fullmatch(r"\$upload(\d+)", value) if isinstance(value, str) else None
    return keys[int(named[1])] if named else value
