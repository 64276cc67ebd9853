"""What runs beside the work."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ._clock import Clock
from ._log import error_name, logger


@dataclass(order=True)
class Call:
    """A call of a function at a time. With the same time, the first one comes first."""

    at_ms: float
    number: int
    function: Callable[[], None] = field(compare=False)
    interval_ms: float | None = field(compare=False, default=None)


class Background:
    """Calls functions on a daemon thread, each at its time, one after the other. The thread starts with the first call."""

    def __init__(self, clock: Clock, name: str) -> None:
        self._clock = clock
        self._name = name
        self._condition = threading.Condition()
        self._calls: list[Call] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._is_calling = False
        self._is_closed = False

    def call_soon(self, function: Callable[[], None]) -> Call:
        return self.call_at(self._clock.now_ms(), function)

    def call_at(self, at_ms: float, function: Callable[[], None], interval_ms: float | None = None) -> Call:
        with self._condition:
            call = Call(at_ms, next(self._numbers), function, interval_ms)
            if not self._is_closed:
                heapq.heappush(self._calls, call)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                    self._thread.start()
                self._condition.notify_all()
            return call

    def call_every(self, interval_ms: float, function: Callable[[], None]) -> Call:
        return self.call_at(self._clock.now_ms() + interval_ms, function, interval_ms)

    def cancel(self, call: Call | None) -> None:
        """Makes a call not happen, or not happen again. It can be under way."""
        with self._condition:
            if call:
                call.interval_ms = None
                self._calls = [other for other in self._calls if other is not call]
                heapq.heapify(self._calls)

    def settle(self) -> None:
        """Waits for the calls that are under way or due."""
        with self._condition:
            while self._is_calling or self._is_due():
                self._condition.notify_all()
                self._condition.wait()

    def close(self) -> None:
        """Drops all calls, and ends the thread. Does not wait for a call that is under way."""
        with self._condition:
            self._is_closed = True
            self._calls.clear()
            self._condition.notify_all()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def next_at_ms(self) -> float | None:
        """Returns the time of the next call."""
        with self._condition:
            return self._calls[0].at_ms if self._calls else None

    def _is_due(self) -> bool:
        return bool(self._calls) and self._is_over(self._calls[0].at_ms)

    def _is_over(self, at_ms: float) -> bool:
        return at_ms <= self._clock.now_ms()

    def _run(self) -> None:
        with self._condition:
            while not self._is_closed:
                if self._is_due():
                    self._make(heapq.heappop(self._calls))
                else:
                    self._clock.wait(self._condition, self.next_at_ms())

    def _make(self, call: Call) -> None:
        self._is_calling = True
        self._condition.release()
        try:
            call.function()
        except Exception as error:
            # Without its thread, everybody who waits for a call would wait forever.
            logger.warning("background call failed: error=%s", error_name(error))
        finally:
            self._condition.acquire()
            self._is_calling = False
            if call.interval_ms is not None and not self._is_closed:
                call.at_ms += call.interval_ms
                if self._is_over(call.at_ms):
                    # It took longer than its interval. Repeated calls leave time for others.
                    call.at_ms = self._clock.now_ms() + call.interval_ms
                heapq.heappush(self._calls, call)
            self._condition.notify_all()
