"""Options of ``task_processor``."""

from dataclasses import dataclass

from ._protocol import MAX_HEARTBEAT_SECONDS

# A day. Python can't wait for infinity: the thread that waits would end.
_MAX_INTERVAL_SECONDS = 86400


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
    if not 0 <= progress_interval_seconds <= _MAX_INTERVAL_SECONDS:
        raise ValueError(f"progress_interval_seconds must be from 0 to {_MAX_INTERVAL_SECONDS}, got {progress_interval_seconds}")
    if not 1 <= status_interval_seconds <= _MAX_INTERVAL_SECONDS:
        raise ValueError(f"status_interval_seconds must be from 1 to {_MAX_INTERVAL_SECONDS}, got {status_interval_seconds}")
    return Settings(heartbeat_seconds, progress_interval_seconds * 1000, status_interval_seconds * 1000)
