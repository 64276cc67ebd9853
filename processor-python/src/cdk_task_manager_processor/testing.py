"""Runs processors in unit tests: without AWS, and without mocks of modules."""

import copy
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ._event import CreatedTask
from ._protocol import TASK_CREATED, TERMINAL_STATUSES, Json
from ._services import Source, fakes
from ._task import Task
from ._task_processor import task_processor


def fake_task(payload: Any = None, *, type: str = "fake", owner: str | None = None, result_bucket: bool = True) -> "FakeTask":
    """Makes a task for a test. Run its processor with ``run``, and look at what it did.

    :param payload: as it comes over HTTP: JSON
    :param type: task type
    :param owner: owner of the task
    :param result_bucket: whether the TaskManager has a bucket for results
    """
    return FakeTask(payload, type, owner, result_bucket)


@dataclass(frozen=True)
class FakeUpload:
    """An object that a processor uploaded."""

    body: bytes
    content_type: str


@dataclass(frozen=True)
class FakeContext:
    """A context as Lambda passes it."""

    function_name: str = "fake"
    function_version: str = "$LATEST"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111111111111:function:fake"
    memory_limit_in_mb: str = "512"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    log_group_name: str = "/aws/lambda/fake"
    log_stream_name: str = "fake"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


class FakeTask:
    """A task of a test."""

    reports: list[Json]
    """All reports of the processor, in order."""
    uploads: list[FakeUpload]
    """All objects that the processor uploaded, in order."""
    event: Json
    """The event that the handler gets."""

    def __init__(self, payload: Any, type: str, owner: str | None, result_bucket: bool) -> None:
        now = datetime.now(timezone.utc)
        self.reports = []
        self.uploads = []
        self.event = {
            "detail-type": TASK_CREATED,
            "time": _text(now),
            "detail": {
                "taskId": str(uuid.uuid4()),
                "type": type,
                "status": "PENDING",
                "version": 1,
                **({} if owner is None else {"owner": owner}),
                # As it comes over HTTP.
                **({} if payload is None else {"payload": json.loads(json.dumps(payload))}),
                "createdAt": _text(now),
                "updatedAt": _text(now),
                "deadlineAt": _text(now + timedelta(days=1)),
                "traceparent": f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01",
                "reportTo": {
                    "eventBusName": "fake",
                    "source": f"task-manager.fake.processor.{type}",
                    **({"resultBucketName": "fake"} if result_bucket else {}),
                },
            },
        }
        self._stops: list[Callable[[str | None], None]] = []
        self._is_cancelled = False
        self._is_out_of_time = False
        self._end: Json = {}

    @property
    def status(self) -> str:
        """Status of the task."""
        if self._is_cancelled:
            return "CANCELLED"
        return str(self._end.get("status", "RUNNING" if self.reports else "PENDING"))

    @property
    def result(self) -> Any:
        """Result of the task."""
        return self._end.get("result")

    @property
    def result_object(self) -> Json | None:
        """The uploaded result of the task: ``key``, ``contentType`` and ``fileName``."""
        return self._end.get("resultObject")

    @property
    def error(self) -> Json | None:
        """Why the task failed: ``code`` and ``message``."""
        return self._end.get("error")

    @property
    def progress(self) -> list[Json]:
        """All progress that the processor reported, in order."""
        return [report["progress"] for report in self.reports if "progress" in report]

    def cancel(self) -> None:
        """Cancels the task. ``raise_if_cancelled`` of its work raises ``TaskEnded`` at once."""
        if self.status not in TERMINAL_STATUSES:
            self._is_cancelled = True
            for stop in self._stops:
                stop("CANCELLED")

    def run_out_of_time(self) -> None:
        """Makes ``raise_if_cancelled`` of the work raise ``OutOfTime``, as shortly before the time-out of the function."""
        self._is_out_of_time = True
        for stop in self._stops:
            stop(None)

    def run(self, handler: Callable[[Any, Any], Any], context: Any = None) -> "FakeTask":
        """Runs a handler: one of ``task_processor``, also inside of other decorators. Raises the error that Lambda would get, and retry the
        task for. Returns the fake task.

        :param context: what the handler gets; by default, a ``FakeContext``
        """
        task_id = self.event["detail"]["taskId"]
        fakes[task_id] = _FakeServices(self)
        try:
            handler(copy.deepcopy(self.event), FakeContext() if context is None else context)
        finally:
            del fakes[task_id]
            self._stops.clear()
        return self

    def run_work(self, work: Callable[[Task[Any]], object], *, schema: Callable[[Any], Any] = lambda payload: payload) -> "FakeTask":
        """Runs the function that does the work of a container. Raises the error that would fail the task with ``ProcessorFailed``. Returns
        the fake task.

        :param schema: the option of ``run_task``
        """
        return self.run(task_processor(schema=schema)(lambda task, context: work(task)))

    def _report(self, report: Json) -> None:
        # The first terminal status stays.
        if self.status not in TERMINAL_STATUSES:
            self.reports.append(report)
            if report["status"] in TERMINAL_STATUSES:
                self._end = report

    def _on_stop(self, stop: Callable[[str | None], None]) -> None:
        self._stops.append(stop)
        if self._is_cancelled:
            stop("CANCELLED")
        if self._is_out_of_time:
            stop(None)


class _FakeServices:
    def __init__(self, task: FakeTask) -> None:
        self._task = task

    def send(self, task: CreatedTask, report: Json) -> None:
        self._task._report(json.loads(json.dumps(report)))

    def status(self, status_reader_arn: str, request: Json) -> str:
        return self._task.status

    def upload(self, bucket: str, key: str, source: Source, content_type: str) -> None:
        self._task.uploads.append(FakeUpload(source.read(), content_type))

    def max_receive_count(self, queue_arn: str) -> int | None:
        return None

    def on_stop(self, stop: Callable[[str | None], None]) -> None:
        self._task._on_stop(stop)


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
