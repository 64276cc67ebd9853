"""What the helper and the TaskManager agree on. The sources are src/protocol/wire.ts, limits.ts and json.ts."""

import math
from collections.abc import Mapping
from typing import Any

TASK_CREATED = "TaskCreatedEvent"
TASK_UPDATED = "TaskUpdatedEvent"

# Answer of the StatusReader if the task no longer exists.
ENDED = "ENDED"
TERMINAL_STATUSES = frozenset({"SUCCESSFUL", "FAILED", "CANCELLED"})

# The only member of what a function returns if it has ended its task in a way that a plain result does not show. The reporter of
# completeOnReturn then reports the same end.
TASK_END = "cdk-task-manager:end"

MAX_RESULT_BYTES = 200 * 1024
MAX_ERROR_CODE = 128
MAX_ERROR_MESSAGE = 4096
MAX_PROGRESS_MESSAGE = 1024
MAX_FILE_NAME = 255
MAX_HEARTBEAT_SECONDS = 24 * 3600
MAX_DEPTH = 128

# An object of JSON. Its members have the names of the protocol.
Json = dict[str, Any]


def is_end(status: str) -> bool:
    return status == ENDED or status in TERMINAL_STATUSES


def storable_text(text: str, max_characters: int) -> str:
    """Cuts a text after a number of characters, and replaces halves of surrogate pairs. A report must not get lost because of its texts."""
    return "".join("\ufffd" if is_surrogate(character) else character for character in text[:max_characters])


def is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def defect_of(value: Any, depth: int = 1) -> str | None:
    """Returns why the task manager does not accept a parsed JSON value, without its subject: ``contains …``. Returns None if it does."""
    if isinstance(value, str):
        return "contains a string that is not valid Unicode" if any(map(is_surrogate, value)) else None
    if isinstance(value, (int, float)):
        return None if is_finite(value) else "contains a number that is too large"
    if not isinstance(value, (Mapping, list)):
        return None
    if depth > MAX_DEPTH:
        return f"is nested deeper than {MAX_DEPTH} levels"
    members = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
    return next((defect for member in members if (defect := defect_of(member, depth + 1))), None)


def is_finite(number: int | float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False
