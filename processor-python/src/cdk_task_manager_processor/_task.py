"""What the work gets."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic

from ._event import CreatedTask, time_of
from ._progress import Progress, parse_progress
from ._stop_signal import StopSignal
from ._upload import UploadBody, Uploads

if TYPE_CHECKING:
    # Type checkers know the package, also where it is not installed.
    from typing_extensions import TypeVar

    P = TypeVar("P", default=Any)
else:
    from typing import TypeVar

    P = TypeVar("P")


class Task(Generic[P]):
    """A task to work on."""

    task_id: str
    type: str
    payload: P
    """What the caller of the API sent, or what the schema made of it. None if there is none."""
    owner: str | None
    """Owner of the task, if the API knows owners."""
    created_at: datetime
    deadline_at: datetime
    """When the task fails if it has not ended."""
    traceparent: str | None
    """W3C Trace Context of the request that created the task: pass it on as the headers ``traceparent`` and ``tracestate``."""
    tracestate: str | None

    def __init__(self, created: CreatedTask, payload: P, progress: Progress, stop_signal: StopSignal, uploads: Uploads) -> None:
        self.task_id = created.task_id
        self.type = created.type
        self.payload = payload
        self.owner = created.owner
        self.created_at = time_of(created.created_at)
        self.deadline_at = time_of(created.deadline_at)
        self.traceparent = created.traceparent
        self.tracestate = created.tracestate
        self._progress = progress
        self._stop_signal = stop_signal
        self._uploads = uploads

    def progress(self, percent: float | None = None, message: str | None = None) -> None:
        """Reports progress. Call it as often as you like: the helper sends the latest one once a second, in the background.

        :param percent: 0 to 100
        :param message: at most 1,024 characters
        :raises ValueError: if one of them is not valid
        """
        self._progress.report(parse_progress(percent, message))

    @property
    def is_cancelled(self) -> bool:
        """Whether the work is to stop: the task has ended, the time of the function is nearly up, or the container is being stopped."""
        return self._stop_signal.is_stopped

    def raise_if_cancelled(self) -> None:
        """Stops the work, if it is to stop. Call it as often as you like: it only looks at what the helper knows.

        :raises TaskEnded: if the task has ended before its work: it was cancelled, timed out, or was ended by somebody else
        :raises OutOfTime: shortly before the time-out of the function
        :raises Interrupted: when the container is being stopped
        """
        self._stop_signal.raise_if_stopped()

    def upload(self, body: UploadBody, *, content_type: str, file_name: str | None = None) -> None:
        """Uploads a result of any size to the bucket of the TaskManager. The API returns a link to it. The last upload counts. Memory stays
        flat if ``body`` is a stream or a generator. Its code may run on another thread.

        :param content_type: media type, such as ``text/csv``
        :param file_name: name under which a browser saves the file; by default the last part of its URL
        :raises RuntimeError: if the TaskManager has no ``resultBucket``
        :raises TaskEnded: if the task has ended before its work
        :raises OutOfTime: shortly before the time-out of the function
        :raises Interrupted: when the container is being stopped
        """
        self._uploads.upload(body, content_type, file_name)
