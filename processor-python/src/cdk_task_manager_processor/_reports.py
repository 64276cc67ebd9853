"""Sends the reports of a task."""

import threading
from collections.abc import Callable
from typing import TypeAlias

from ._clock import Clock
from ._event import CreatedTask
from ._log import error_name, ids_of, logger
from ._persistently import persistently
from ._protocol import Json
from ._services import Services

CallSoon: TypeAlias = Callable[[Callable[[], None]], object]


class Reports:
    def __init__(self, task: CreatedTask, services: Services, clock: Clock, call_soon: CallSoon) -> None:
        """
        :param call_soon: calls a function in the background
        """
        self._task = task
        self._services = services
        self._clock = clock
        self._call_soon = call_soon
        self._lock = threading.Lock()
        self._waiting: Json | None = None

    def running(self, report: Json) -> None:
        """Sends a RUNNING in the background. If EventBridge is slow, only the latest one waits."""
        with self._lock:
            is_first = self._waiting is None
            # A heartbeat of the one before stays.
            self._waiting = {**(self._waiting or {}), **report}
        if is_first:
            self._call_soon(self._send_waiting)

    def send_surely(self, report: Json) -> None:
        """Reports the end of the task, or that its heartbeat is taken back.

        :raises RuntimeError: if EventBridge accepts no attempt
        """
        try:
            persistently(lambda: self._send(report), lambda error: self._warn(report, error), self._clock)
        except Exception as error:
            raise RuntimeError(f"EventBridge did not accept the report that the task is {report['status']}") from error

    def _send_waiting(self) -> None:
        with self._lock:
            report, self._waiting = {"status": "RUNNING", **(self._waiting or {})}, None
        try:
            self._send(report)
        except Exception as error:
            # Nothing depends on it.
            self._warn(report, error)

    def _send(self, report: Json) -> None:
        self._services.send(self._task, {"taskId": self._task.task_id, "taskCreatedAt": self._task.created_at, **report})

    def _warn(self, report: Json, error: Exception) -> None:
        logger.warning("report failed: %s status=%s error=%s", ids_of(self._task), report["status"], error_name(error))
