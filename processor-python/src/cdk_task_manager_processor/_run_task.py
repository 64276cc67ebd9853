"""Does the work of a task in a container that a ContainerTaskProcessor starts."""

import inspect
import json
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias, TypeVar, overload

from ._aws_services import AwsServices
from ._background import Background
from ._clock import Clock
from ._container_process import ContainerProcess
from ._end import end_of_raised, end_of_returned, failed, return_value
from ._environment import ContainerTask, parse_environment, parse_json
from ._event import time_of
from ._log import error_name, ids_of, logger
from ._open_telemetry import in_trace
from ._options import Settings, parse_options
from ._persistently import persistently
from ._progress import Progress
from ._protocol import Json, is_end
from ._reports import Reports
from ._schema import parse_payload
from ._status_question import StatusQuestion
from ._stop_signal import StopSignal
from ._task import Task
from ._upload import Uploads
from .errors import TaskFailure

P = TypeVar("P")
T = TypeVar("T")

# Does the work of a task in a container. What it returns becomes the result of the task. If it raises an error, the task fails.
ContainerWork: TypeAlias = Callable[[Task[P]], object]

# A container that starts later than this after its task was created asks whether the task has ended.
_FRESH_MS = 30_000

aws_services = AwsServices()
clock = Clock()
process = ContainerProcess()


@overload
def run_task(
    work: ContainerWork[P],
    /,
    *,
    schema: Callable[[Any], P],
    heartbeat_seconds: int | None = None,
    progress_interval_seconds: float = 1,
    status_interval_seconds: float = 5,
) -> NoReturn: ...


@overload
def run_task(
    work: ContainerWork[Any],
    /,
    *,
    heartbeat_seconds: int | None = None,
    progress_interval_seconds: float = 1,
    status_interval_seconds: float = 5,
) -> NoReturn: ...


def run_task(
    work: ContainerWork[Any],
    /,
    *,
    schema: Callable[[Any], Any] | None = None,
    heartbeat_seconds: int | None = None,
    progress_interval_seconds: float = 1,
    status_interval_seconds: float = 5,
) -> NoReturn:
    """Does the work of the task that this container was started for, and then ends the process: with exit code 0 if the task is successful,
    with 1 if it failed, if the container is being stopped, or if the container can't say how the task ended.

    It reports RUNNING and progress. What the work returns or raises is stored in S3, and reported when the container has stopped. Call it
    in the main thread: elsewhere, it does not notice that the container is being stopped. It replaces a handler of SIGTERM.

    :param schema: checks the payload: returns what the work gets, or raises an error. Then the task fails with ``InvalidPayload``. Example:
        ``pydantic.TypeAdapter(Export).validate_python``.
    :param heartbeat_seconds: time within which the helper promises its next report: 1 to 86400. The helper keeps the promise in the
        background. If it stops, the task fails with ``HeartbeatTimeout``. A container of a ContainerTaskProcessor needs no heartbeat: its
        failure is reported. By default, there is none.
    :param progress_interval_seconds: minimum time between two reports of progress: 0 to 86400.
    :param status_interval_seconds: how often the helper asks whether the task has ended: 1 to 86400.
    :raises ValueError: if an option is not valid
    :raises SystemExit: at the end
    """
    if inspect.iscoroutinefunction(work):
        raise TypeError("the work can't be async: define it with def, and call asyncio.run() in it")
    settings = parse_options(heartbeat_seconds, progress_interval_seconds, status_interval_seconds)
    is_success = False
    try:
        is_success = ContainerRun(work, schema, settings, parse_environment(process.environment)).run()
    except Exception as error:
        process.print(error)
    process.exit(0 if is_success else 1)


class ContainerRun:
    """The run of a container. It does the work of the task, and stores how the task ended: the wrapper of the container reports it."""

    def __init__(self, work: ContainerWork[Any], schema: Callable[[Any], Any] | None, settings: Settings, container: ContainerTask) -> None:
        self._work = work
        self._schema = schema
        self._settings = settings
        self._container = container
        self._task = container.task
        self._reporting = Background(clock, "task-reports")
        self._asking = Background(clock, "task-status")
        self._reports = Reports(self._task, aws_services, clock, self._reporting.call_soon)
        self._progress = Progress(self._reports, self._reporting, clock, settings)
        self._question = StatusQuestion(self._task, aws_services)
        self._stop_signal = StopSignal(clock, on_ended=self._progress.stop)
        self._uploads = Uploads(self._task, aws_services, self._stop_signal)

    def run(self) -> bool:
        """Returns whether the task is successful."""
        process.on_sigterm(self._stop)
        # If boto3 is missing, the task fails before its work has taken its time.
        aws_services.prepare()
        try:
            end = self._late_end() or self._end_of_work()
            is_success = end is not None and self._store(end) and end["status"] == "SUCCESSFUL"
            if not self._stop_signal.ended_as:
                self._take_back_heartbeat()
            return is_success
        finally:
            self._reporting.settle()
            self._reporting.close()

    def _stop(self) -> None:
        if not self._has_ended():
            self._stop_signal.interrupt()

    def _has_ended(self) -> bool | None:
        """Asks whether the task has ended. If so, its work stops. Returns None if that is not known."""
        status = self._question.ask()
        if status is None:
            return None
        if is_end(status):
            self._stop_signal.task_ended(status)
        return is_end(status)

    def _late_end(self) -> Json | None:
        """Returns the end of a task that timed out before its container started, as far as known."""
        now_ms = clock.now_ms()
        is_past_deadline = time_of(self._task.deadline_at).timestamp() * 1000 <= now_ms
        is_late = is_past_deadline or now_ms - time_of(self._task.created_at).timestamp() * 1000 > _FRESH_MS
        if not is_late or self._has_ended() is not None or not is_past_deadline:
            return None
        return failed("TaskTimeout", "the task's deadline passed before its container started")

    def _end_of_work(self) -> Json | None:
        """Does the work. Returns None if the container does not end the task: it has ended, or the container is being stopped."""
        end: Json | None = None
        try:
            end = end_of_returned(self._do_work(), self._uploads.result_object, self._uploads.can_upload)
        except TaskFailure as failure:
            end = end_of_raised(failure)
        except BaseException as error:
            # Also the error of sys.exit(0): the process must not look successful.
            if not self._stop_signal.is_stopped:
                process.print(error)
                end = end_of_raised(error)
        finally:
            self._progress.stop()
            self._asking.close()
        if end is not None and not self._stop_signal.ended_as:
            return end
        logger.info("work stopped: %s status=%s", ids_of(self._task), self._stop_signal.ended_as)
        return None

    def _do_work(self) -> Any:
        payload = self._read_payload()
        if self._schema is not None:
            payload = parse_payload(self._schema, payload)
        self._stop_signal.raise_if_stopped()
        self._progress.start()
        self._stop_signal.start(self._question, self._settings.status_interval_ms, self._asking, None)
        with in_trace(self._task):
            return self._work(Task(self._task, payload, self._progress, self._stop_signal, self._uploads))

    def _read_payload(self) -> Any:
        uri = self._container.payload_uri
        if not uri:
            return self._task.payload
        return parse_json("the payload", self._persistently("payload not read", lambda: aws_services.read(uri)))

    def _store(self, end: Json) -> bool:
        """Returns whether the end is stored, or there is nothing to store."""
        value, uri = return_value(end), self._container.result_uri
        if not uri:
            if value is not None:
                logger.warning("end not stored, set resultBucket of the TaskManager: %s", ids_of(self._task))
            return value is None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        try:
            self._persistently("end not stored", lambda: aws_services.write(uri, text))
            return True
        except Exception:
            # Each failed attempt is logged.
            return False

    def _take_back_heartbeat(self) -> None:
        """From now on, the wrapper answers for the task. It reports the end when ECS has stopped the container, which takes some time."""
        try:
            self._progress.take_back_heartbeat()
        except Exception:
            # Each failed attempt is logged.
            return

    def _persistently(self, message: str, attempt: Callable[[], T]) -> T:
        def warn(error: Exception) -> None:
            logger.warning("%s: %s error=%s", message, ids_of(self._task), error_name(error))

        return persistently(attempt, warn, clock)
