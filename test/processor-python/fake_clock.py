"""A clock for the tests, which they advance."""

import threading

import pytest
from cdk_task_manager_processor import _run_task, _task_processor
from cdk_task_manager_processor._background import Background
from cdk_task_manager_processor._clock import Clock


class FakeClock(Clock):
    """Stands still, except when the thread of the work advances it. The threads of the helper are real."""

    def __init__(self, now_ms: float) -> None:
        self._now_ms = now_ms
        self.backgrounds: list[Background] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replaces the clock of the helper."""
        for module in (_run_task, _task_processor):
            monkeypatch.setattr(module, "clock", self)
            monkeypatch.setattr(module, "Background", self._background)

    def now_ms(self) -> int:
        return int(self._now_ms)

    def sleep(self, seconds: float) -> None:
        self.advance(seconds * 1000)

    def wait(self, condition: threading.Condition, until_ms: float | None) -> None:
        # `settle` notifies it when the time has come.
        condition.wait()

    def advance(self, milliseconds: float) -> None:
        """Makes all calls that the threads of the helper make in this time, each at its own time."""
        end = self._now_ms + milliseconds
        self.settle()
        while (next_at_ms := self._next_at_ms(end)) is not None:
            self._now_ms = max(self._now_ms, next_at_ms)
            self.settle()
        self._now_ms = end
        self.settle()

    def set(self, now_ms: float) -> None:
        self._now_ms = now_ms

    def settle(self) -> None:
        """Lets the threads of the helper run until they wait."""
        for background in self.backgrounds:
            background.settle()

    def _next_at_ms(self, end: float) -> float | None:
        times = [at_ms for background in self.backgrounds if (at_ms := background.next_at_ms()) is not None]
        return min((at_ms for at_ms in times if at_ms <= end), default=None)

    def _background(self, clock: Clock, name: str) -> Background:
        background = Background(clock, name)
        self.backgrounds.append(background)
        return background
