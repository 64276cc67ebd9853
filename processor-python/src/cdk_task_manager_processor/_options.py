"""Options of ``task_processor``."""

from dataclasses import dataclass

from ._protocol import MAX_HEARTBEAT_SECONDS


@dataclass(frozen=True)
class Settings:
    heartbeat_seconds: int | None
    progress_interval_ms: float
    status_interval_ms: float


def parse_options(heartbeat_seconds: int | None, progress_interval_seconds: float, status_interval_seconds: float) -> Settings:
    """
    :raises ValueError: if an option is not valid
    """
    if heartbeat_seconds is not None and not (type(heartbeat_seconds) is int and 1 <= heartbeat_seconds <= MAX_HEARTBEAT_SECONDS):
        raise ValueError(f"heartbeat_seconds must be a whole number from 1 to {MAX_HEARTBEAT_SECONDS}, got {heartbeat_seconds}")
    if not progress_interval_seconds >= 0:
        raise ValueError(f"progress_interval_seconds must be 0 or more, got {progress_interval_seconds}")
    if not status_interval_seconds >= 1:
        raise ValueError(f"status_interval_seconds must be 1 or more, got {status_interval_seconds}")
    return Settings(heartbeat_seconds, progress_interval_seconds * 1000, status_interval_seconds * 1000)
