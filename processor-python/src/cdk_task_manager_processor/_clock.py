"""The time. Tests have a clock that they advance."""

import threading
import time


class Clock:
    """The clock of the machine."""

    def now_ms(self) -> int:
        """Returns the milliseconds since 1970."""
        return int(time.time() * 1000)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait(self, condition: threading.Condition, until_ms: float | None) -> None:
        """Waits until a condition is notified, or until a time. The caller holds the condition."""
        condition.wait(None if until_ms is None else max(0.0, (until_ms - self.now_ms()) / 1000))
