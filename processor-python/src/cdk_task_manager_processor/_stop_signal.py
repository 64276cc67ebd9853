"""Asks the work to stop when the task has ended, when the time of the function is nearly up, or when the container is being stopped."""

from collections.abc import Callable
from typing import Any

from ._background import Background
from ._clock import Clock
from ._protocol import is_end
from ._status_question import StatusQuestion
from .errors import Interrupted, OutOfTime, TaskEnded

# Time for the work to stop, and for what follows it.
_RESERVE_MS = 5_000


class StopSignal:
    def __init__(self, clock: Clock, on_ended: Callable[[], None]) -> None:
        """
        :param on_ended: called when the task has ended before its work
        """
        self._clock = clock
        self._on_ended = on_ended
        self._out_of_time_at_ms: float | None = None
        self._is_interrupted = False
        # Terminal status of the task, as far as known.
        self.ended_as: str | None = None

    @property
    def is_stopped(self) -> bool:
        return self.ended_as is not None or self._is_interrupted or self._is_out_of_time()

    def raise_if_stopped(self) -> None:
        """
        :raises TaskEnded: if the task has ended before its work
        :raises Interrupted: if the container is being stopped
        :raises OutOfTime: if the time of the function is nearly up
        """
        if self.ended_as is not None:
            raise TaskEnded(self.ended_as)
        if self._is_interrupted:
            raise Interrupted
        if self._is_out_of_time():
            raise OutOfTime

    def start(self, question: StatusQuestion, status_interval_ms: float, background: Background, context: Any) -> None:
        if question.can_ask:
            background.call_every(status_interval_ms, lambda: self._ask(question, background))
        if self._out_of_time_at_ms is None and hasattr(context, "get_remaining_time_in_millis"):
            remaining_ms = context.get_remaining_time_in_millis()
            self._out_of_time_at_ms = self._clock.now_ms() + remaining_ms - min(_RESERVE_MS, remaining_ms / 10)

    def task_ended(self, status: str) -> None:
        self.ended_as = status
        self._on_ended()

    def interrupt(self) -> None:
        self._is_interrupted = True

    def out_of_time(self) -> None:
        self._out_of_time_at_ms = 0

    def _ask(self, question: StatusQuestion, background: Background) -> None:
        status = question.ask()
        # Closed: the work ended while the question was under way.
        if status is not None and is_end(status) and not background.is_closed:
            background.close()
            self.task_ended(status)

    def _is_out_of_time(self) -> bool:
        return self._out_of_time_at_ms is not None and self._clock.now_ms() >= self._out_of_time_at_ms
