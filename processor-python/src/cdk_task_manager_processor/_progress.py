"""Reports that the work goes on: RUNNING at the start, progress, and heartbeats."""

import threading
from decimal import Decimal
from typing import Any

from ._background import Background, Call
from ._clock import Clock
from ._options import Settings
from ._protocol import MAX_PROGRESS_MESSAGE, Json, storable_text
from ._reports import Reports


class Progress:
    def __init__(self, reports: Reports, background: Background, clock: Clock, settings: Settings) -> None:
        self._reports = reports
        self._background = background
        self._clock = clock
        self._settings = settings
        # The work can report from several threads.
        self._lock = threading.Lock()
        self._latest: Json | None = None
        self._sequence = 0
        self._reported_at_ms: float | None = None
        self._waiting: Call | None = None
        self._has_armed_heartbeat = False
        self._has_stopped = False

    def start(self) -> None:
        heartbeat_seconds = self._settings.heartbeat_seconds
        with self._lock:
            self._send(heartbeat_seconds)
            if heartbeat_seconds is not None:
                self._has_armed_heartbeat = True
                self._background.call_every(heartbeat_seconds * 1000 / 3, self._beat)

    def report(self, progress: Json) -> None:
        """Reports at once, or when the time since the last report is over. Then the latest progress counts."""
        with self._lock:
            self._latest = progress
            if self._has_stopped or self._waiting:
                return
            at_ms = self._reported_at_ms + self._settings.progress_interval_ms if self._reported_at_ms is not None else 0
            if at_ms <= self._clock.now_ms():
                self._send_latest()
            else:
                self._waiting = self._background.call_at(at_ms, self._report_waiting)

    def take_back_heartbeat(self) -> None:
        """Takes a heartbeat back, because the pause before a retry is longer."""
        if self._has_armed_heartbeat:
            # A report that is under way could arm it again.
            self._background.settle()
            with self._lock:
                report = self._next(0)
            self._reports.send_surely({"status": "RUNNING", **report})

    def stop(self) -> None:
        """Ends all reports, also that of the progress that waits."""
        with self._lock:
            self._has_stopped = True

    def _beat(self) -> None:
        with self._lock:
            if not self._has_stopped:
                self._send_latest(self._settings.heartbeat_seconds)

    def _report_waiting(self) -> None:
        with self._lock:
            if not self._has_stopped:
                self._send_latest()

    def _send_latest(self, heartbeat_seconds: int | None = None) -> None:
        self._background.cancel(self._waiting)
        self._waiting = None
        self._reported_at_ms = self._clock.now_ms()
        self._send(heartbeat_seconds)

    def _send(self, heartbeat_seconds: int | None) -> None:
        self._reports.running(self._next(heartbeat_seconds))

    def _next(self, heartbeat_seconds: int | None) -> Json:
        """Makes the next report. Each has the latest progress, because it can overtake the one before."""
        # By the clock, so that those of a retry are newer.
        self._sequence = max(self._sequence + 1, self._clock.now_ms())
        report: Json = {"sequence": self._sequence}
        if self._latest is not None:
            report["progress"] = self._latest
        if heartbeat_seconds is not None:
            report["heartbeatSeconds"] = heartbeat_seconds
        return report


def parse_progress(percent: Any, message: Any) -> Json:
    """
    :raises ValueError: if the progress is not valid
    """
    progress: Json = {}
    if percent is None and message is None:
        raise ValueError("progress needs a percent, a message or both")
    if percent is not None:
        progress["percent"] = _parse_percent(percent)
    if message is not None:
        if not isinstance(message, str):
            raise ValueError(f"the message must be a str, got {type(message).__name__}")
        progress["message"] = storable_text(message, MAX_PROGRESS_MESSAGE)
    return progress


def _parse_percent(percent: Any) -> float:
    try:
        # Numbers of DynamoDB are Decimals, and NumPy has its own ones.
        value = percent if type(percent) is int else float(percent)
    except (TypeError, ValueError):
        value = -1
    if isinstance(percent, (bool, str)) or not 0 <= value <= 100:
        shown = percent if isinstance(percent, (int, float, Decimal)) else type(percent).__name__
        raise ValueError(f"percent must be a number from 0 to 100, got {shown}")
    return value
