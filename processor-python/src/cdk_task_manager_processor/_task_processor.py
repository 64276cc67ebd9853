"""Makes a Lambda handler of a function that does the work of a task."""

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar, overload

from ._aws_services import AwsServices
from ._background import Background
from ._clock import Clock
from ._end import end_of_raised, end_of_returned, failed, return_value
from ._event import Delivery, parse_delivery, time_of
from ._log import error_name, ids_of, logger
from ._open_telemetry import in_trace
from ._options import Settings, parse_options
from ._progress import Progress
from ._protocol import is_end
from ._reports import CallSoon, Reports
from ._schema import parse_payload
from ._services import Services, fakes
from ._status_question import StatusQuestion
from ._stop_signal import StopSignal
from ._task import Task
from ._upload import Uploads
from .errors import TaskFailure

P = TypeVar("P")

# Does the work of a task, with Lambda's context. What it returns becomes the result of the task. If it raises a TaskFailure, the task
# fails. If it raises another error, Lambda retries.
Work: TypeAlias = Callable[[Task[P], Any], object]

# A handler of a Lambda function. Its event is a TaskCreatedEvent from EventBridge, or from the queue of maxConcurrency. It returns the
# result, as completeOnReturn needs it.
Handler: TypeAlias = Callable[[Any, Any], Any]

# An event that is older than this can be a retry. Before, a cancellation is unlikely, and to ask would cost more than it saves.
_FRESH_MS = 30_000

aws_services = AwsServices()
clock = Clock()


@overload
def task_processor(work: Work[P], /) -> Handler: ...


@overload
def task_processor(
    *,
    schema: Callable[[Any], P],
    heartbeat_seconds: int | None = None,
    progress_interval_seconds: float = 1,
    status_interval_seconds: float = 5,
) -> Callable[[Work[P]], Handler]: ...


@overload
def task_processor(
    *,
    heartbeat_seconds: int | None = None,
    progress_interval_seconds: float = 1,
    status_interval_seconds: float = 5,
) -> Callable[[Work[Any]], Handler]: ...


def task_processor(
    work: Work[Any] | None = None,
    /,
    *,
    schema: Callable[[Any], Any] | None = None,
    heartbeat_seconds: int | None = None,
    progress_interval_seconds: float = 1,
    status_interval_seconds: float = 5,
) -> Any:
    """Makes a Lambda handler of a function that does the work of a task. The handler reports RUNNING, progress, and how the task ended.

    Use it as ``@task_processor``, or with options as ``@task_processor(schema=…)``.

    :param schema: checks the payload: returns what the work gets, or raises an error. Then the task fails with ``InvalidPayload``. Example:
        ``pydantic.TypeAdapter(Export).validate_python``.
    :param heartbeat_seconds: time within which the helper promises its next report: 1 to 86400. The helper keeps the promise in the
        background. If it stops, the task fails with ``HeartbeatTimeout``. A Lambda function needs no heartbeat, because Lambda reports its
        failures. By default, there is none.
    :param progress_interval_seconds: minimum time between two reports of progress: 0 to 86400.
    :param status_interval_seconds: how often the helper asks whether the task has ended: 1 to 86400.
    :raises ValueError: if an option is not valid
    """
    settings = parse_options(heartbeat_seconds, progress_interval_seconds, status_interval_seconds)
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        # The function initializes, and Lambda gives it more CPU than later. Elsewhere, such as in tests, there may be no AWS.
        aws_services.prepare()

    def decorate(work: Work[Any]) -> Handler:
        if inspect.iscoroutinefunction(work):
            raise TypeError("a task processor can't be async: define it with def, and call asyncio.run() in it")

        @functools.wraps(work)
        def handler(event: Any, context: Any = None) -> Any:
            delivery = parse_delivery(event)
            return Attempt(work, schema, settings, delivery).run(context)

        return handler

    return decorate if work is None else decorate(work)


class Attempt:
    """One run of the work of a task."""

    def __init__(self, work: Work[Any], schema: Callable[[Any], Any] | None, settings: Settings, delivery: Delivery) -> None:
        self._work = work
        self._schema = schema
        self._settings = settings
        self._delivery = delivery
        self._task = delivery.task
        self._services: Services = aws_services
        self._reporting = Background(clock, "task-reports")
        self._asking = Background(clock, "task-status")
        call_soon: CallSoon = self._reporting.call_soon
        fake = fakes.get(self._task.task_id)
        if fake:
            # A test sees each progress, and at once.
            self._services, self._settings, call_soon = fake, replace(settings, progress_interval_ms=0), _call
        self._reports = Reports(self._task, self._services, clock, call_soon)
        self._progress = Progress(self._reports, self._reporting, clock, self._settings)
        self._question = StatusQuestion(self._task, self._services)
        self._stop_signal = StopSignal(clock, on_ended=self._progress.stop)
        self._uploads = Uploads(self._task, self._services, self._stop_signal)
        if fake:
            fake.on_stop(lambda status: self._stop_signal.out_of_time() if status is None else self._stop_signal.task_ended(status))

    def run(self, context: Any) -> Any:
        """Returns what the handler returns."""
        is_past_deadline = time_of(self._task.deadline_at).timestamp() * 1000 <= clock.now_ms()
        if is_past_deadline or self._can_be_retry():
            status = self._question.ask()
            if status is not None and is_end(status):
                return self._ended("task not started, it has ended", status)
            if is_past_deadline and status is None:
                self._ended("task not started, its deadline has passed", status)
                return return_value(failed("TaskTimeout", "the task's deadline passed before its processor started"))
        try:
            return self._run_work(context)
        except BaseException as error:
            if self._stop_signal.ended_as and isinstance(error, Exception):
                return self._ended("work stopped, the task has ended", self._stop_signal.ended_as)
            self._before_retry(error)
            raise
        finally:
            self._reporting.settle()
            self._reporting.close()

    def _can_be_retry(self) -> bool:
        sent_at_ms = self._delivery.sent_at_ms
        return self._delivery.receive_count > 1 or (sent_at_ms is not None and clock.now_ms() - sent_at_ms > _FRESH_MS)

    def _run_work(self, context: Any) -> Any:
        """Does the work, and reports the end. Raises if Lambda is to retry."""
        try:
            payload = self._task.payload if self._schema is None else parse_payload(self._schema, self._task.payload)
            self._progress.start()
            self._stop_signal.start(self._question, self._settings.status_interval_ms, self._asking, context)
            with in_trace(self._task):
                result = self._work(Task(self._task, payload, self._progress, self._stop_signal, self._uploads), context)
            end = end_of_returned(result, self._uploads.result_object, self._uploads.can_upload)
        except TaskFailure as failure:
            end = end_of_raised(failure)
        finally:
            self._progress.stop()
            self._asking.close()
        if self._stop_signal.ended_as:
            return self._ended("work stopped, the task has ended", self._stop_signal.ended_as)
        self._reports.send_surely(end)
        return return_value(end)

    def _before_retry(self, error: BaseException) -> None:
        """Prepares for the pause before a retry, or ends the task if there is none. Never raises: the error of the work counts."""
        try:
            if self._is_last_attempt():
                self._reports.send_surely(end_of_raised(error))
            else:
                self._progress.take_back_heartbeat()
        except Exception:
            # Each failed attempt to report is logged.
            return

    def _is_last_attempt(self) -> bool:
        """Returns whether a queue does not deliver the task again. Without a queue, the TaskProcessor reports the failure."""
        if self._delivery.queue_arn is None:
            return False
        try:
            max_receive_count = self._services.max_receive_count(self._delivery.queue_arn)
        except Exception as error:
            logger.warning("number of attempts not known: %s error=%s", ids_of(self._task), error_name(error))
            return False
        return max_receive_count is not None and self._delivery.receive_count >= max_receive_count

    def _ended(self, message: str, status: str | None) -> None:
        logger.info("%s: %s status=%s", message, ids_of(self._task), status)


def _call(function: Callable[[], None]) -> None:
    function()
