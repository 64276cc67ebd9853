"""Calls functions that can fail for a short time."""

from collections.abc import Callable
from typing import TypeVar

from ._clock import Clock

T = TypeVar("T")

# Pauses between the attempts. boto3 has its own ones between those of a call.
_PAUSES_SECONDS = (0.1, 0.4, 1.6)


def persistently(attempt: Callable[[], T], on_failure: Callable[[Exception], None], clock: Clock) -> T:
    """Calls a function until it succeeds, but not for long.

    :param on_failure: called with the error of each attempt
    :raises Exception: the error of the last attempt
    """
    pauses = iter(_PAUSES_SECONDS)
    while True:
        try:
            return attempt()
        except Exception as error:
            on_failure(error)
            pause = next(pauses, None)
            if pause is None:
                raise
        clock.sleep(pause)
