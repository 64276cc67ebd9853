"""Uploads the results of a task."""

import io
import uuid
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias, runtime_checkable

from ._event import CreatedTask
from ._protocol import MAX_FILE_NAME, Json, storable_text
from ._services import Services
from ._stop_signal import StopSignal


@runtime_checkable
class Readable(Protocol):
    """A file that is open in binary mode, or another stream of bytes."""

    def read(self, size: int, /) -> bytes: ...


# Content of an upload: text or bytes, a stream of bytes, or parts of text or bytes, such as those that a generator yields.
UploadBody: TypeAlias = str | bytes | bytearray | Readable | Iterable[str | bytes]


class Uploads:
    def __init__(self, task: CreatedTask, services: Services, stop_signal: StopSignal) -> None:
        self._task = task
        self._services = services
        self._stop_signal = stop_signal
        self.result_object: Json | None = None

    @property
    def can_upload(self) -> bool:
        return self._task.result_bucket_name is not None

    def upload(self, body: UploadBody, content_type: str, file_name: str | None) -> None:
        if self._task.result_bucket_name is None:
            raise RuntimeError("the TaskManager has no bucket for results: set its prop resultBucket")
        self._stop_signal.raise_if_stopped()
        key = f"tasks/{self._task.type}/{self._task.task_id}/{uuid.uuid4()}"
        self._services.upload(self._task.result_bucket_name, key, _StoppableSource(_stream_of(body), self._stop_signal), content_type)
        self.result_object = {
            "key": key,
            "contentType": content_type,
            **({} if file_name is None else {"fileName": storable_text(file_name, MAX_FILE_NAME)}),
        }


class _StoppableSource:
    """Stops an upload when the work is to stop."""

    def __init__(self, stream: Readable, stop_signal: StopSignal) -> None:
        self._stream = stream
        self._stop_signal = stop_signal

    def read(self, size: int = -1, /) -> bytes:
        """Returns as many bytes as asked for, except at the end: a shorter part would end the upload."""
        parts: list[bytes] = []
        missing = size
        while missing != 0:
            self._stop_signal.raise_if_stopped()
            part = self._stream.read(missing)
            if isinstance(part, str):
                raise TypeError("the stream of an upload must have bytes, got str: open the file in binary mode")
            if not part:
                break
            parts.append(part)
            missing = missing - len(part) if size > 0 else -1
        return parts[0] if len(parts) == 1 else b"".join(parts)


class _Parts:
    """Reads what an iterator returns."""

    def __init__(self, parts: Iterator[str | bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._rest = part.encode() if isinstance(part, str) else bytes(part)
        if size < 0 or len(self._rest) <= size:
            read, self._rest = self._rest, b""
        else:
            read, self._rest = self._rest[:size], self._rest[size:]
        return read


def _stream_of(body: UploadBody) -> Readable:
    if isinstance(body, str):
        return io.BytesIO(body.encode())
    if isinstance(body, (bytes, bytearray)):
        return io.BytesIO(body)
    if isinstance(body, Readable):
        return body
    if isinstance(body, Iterable):
        return _Parts(iter(body))
    raise TypeError(f"an upload must be text, bytes, a stream or an iterable of text or bytes, got {type(body).__name__}")
