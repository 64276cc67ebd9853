"""The program of examples/container."""

import runpy
import struct
import zlib
from pathlib import Path

import pytest
from cdk_task_manager_processor.testing import FakeTask, fake_task

PROGRAM = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "container" / "renderer" / "render.py"))


def rendered(payload: object, cancelled: bool = False) -> FakeTask:
    task = fake_task(payload, type="render")
    if cancelled:
        task.cancel()
    return task.run_work(PROGRAM["render"], schema=PROGRAM["parse"])


def decoded(image: bytes) -> tuple[int, int, bytes]:
    """Returns the width, the height and the rows of a PNG file."""
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: list[tuple[bytes, bytes]] = []
    rest = image[8:]
    while rest:
        (size,) = struct.unpack(">I", rest[:4])
        name, data, check = rest[4:8], rest[8 : 8 + size], rest[8 + size : 12 + size]
        assert struct.unpack(">I", check) == (zlib.crc32(name + data),)
        chunks.append((name, data))
        rest = rest[12 + size :]
    assert (chunks[0][0], chunks[-1]) == (b"IHDR", (b"IEND", b""))
    width, height = struct.unpack(">II", chunks[0][1][:8])
    return width, height, zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))


def test_renders_an_image_with_progress() -> None:
    task = rendered({"width": 30, "height": 20, "iterations": 50})

    assert task.result == {"width": 30, "height": 20}
    [upload] = task.uploads
    width, height, rows = decoded(upload.body)
    assert (upload.content_type, width, height, len(rows)) == ("image/png", 30, 20, 20 * (1 + 30 * 3))
    pixels = [rows[start : start + 3] for row in range(20) for start in range(row * 91 + 1, row * 91 + 91, 3)]
    # The middle is in the set, and the corner is not.
    assert (pixels[10 * 30 + 15], pixels[0] == bytes(3)) == (bytes(3), False)
    assert task.progress[0] == {"percent": 5, "message": "1 of 20 rows"}
    assert task.progress[-1] == {"percent": 100, "message": "20 of 20 rows"}


def test_the_image_of_a_zoom_is_another_one() -> None:
    images = [rendered({"width": 30, "height": 20, "zoom": zoom}).uploads[0].body for zoom in (1, 2)]
    assert images[0] != images[1]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"zoom": 0}, "zoom must be a number from 0.5 to 1000000000000.0"),
        ({"width": "wide"}, "width must be a number from 1 to 10000"),
        ({"depth": 3}, "TypeError: "),
    ],
)
def test_checks_the_payload(payload: object, message: str) -> None:
    task = rendered(payload)
    assert task.error and task.error["code"] == "InvalidPayload"
    assert task.error["message"].startswith(message)


def test_stops_when_its_task_is_cancelled() -> None:
    task = rendered({}, cancelled=True)
    assert (task.status, task.uploads, task.progress) == ("CANCELLED", [], [])
