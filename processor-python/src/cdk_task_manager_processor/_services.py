"""What the helper needs of AWS."""

from collections.abc import Callable
from typing import Protocol

from ._event import CreatedTask
from ._protocol import Json


class Source(Protocol):
    """What is uploaded."""

    def read(self, size: int = -1, /) -> bytes: ...


class Services(Protocol):
    def send(self, task: CreatedTask, report: Json) -> None:
        """
        :raises Exception: if EventBridge does not accept the report
        """

    def status(self, status_reader_arn: str, request: Json) -> str:
        """Asks a StatusReader."""

    def upload(self, bucket: str, key: str, source: Source, content_type: str) -> None: ...

    def max_receive_count(self, queue_arn: str) -> int | None:
        """Returns how often a queue delivers a message at most; None if there is no limit."""


class FakeServices(Services, Protocol):
    """The services of a fake task."""

    def on_stop(self, stop: Callable[[str | None], None]) -> None:
        """Passes a function that stops the work: because the task has ended with a status, or, without one, because the time is up."""


# The services of the fake tasks of tests, by the ids of the tasks.
fakes: dict[str, FakeServices] = {}
