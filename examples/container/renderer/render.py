"""Renders a part of the Mandelbrot set as a PNG image. A container runs it for each task of type `render`."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_task_manager_processor import Task, run_task


@dataclass(frozen=True)
class Scene:
    """What the supplier sends. All members are optional."""

    # The point in the middle of the image.
    x: float = -0.6
    y: float = 0.0
    zoom: float = 1.0
    width: int = 1200
    height: int = 900
    # More iterations show finer details, and take longer.
    iterations: int = 200

    def __post_init__(self) -> None:
        for name, value, minimum, maximum in (
            ("x", self.x, -2, 2),
            ("y", self.y, -2, 2),
            ("zoom", self.zoom, 0.5, 1e12),
            ("width", self.width, 1, 10_000),
            ("height", self.height, 1, 10_000),
            ("iterations", self.iterations, 1, 10_000),
        ):
            if not isinstance(value, (int, float)) or not minimum <= value <= maximum:
                raise ValueError(f"{name} must be a number from {minimum} to {maximum}")


def parse(payload: Any) -> Scene:
    """Makes a scene of a payload. If it raises an error, the task fails with `InvalidPayload`."""
    return Scene(**(payload or {}))


def render(task: Task[Scene]) -> dict[str, int]:
    """Does the work of a task. The image goes to the bucket of the TaskManager while it is rendered."""
    scene = task.payload
    task.upload(image(task), content_type="image/png", file_name="mandelbrot.png")
    return {"width": int(scene.width), "height": int(scene.height)}


def image(task: Task[Scene]) -> Iterator[bytes]:
    """Returns the parts of the PNG file. The format: https://www.w3.org/TR/png-3/"""
    scene = task.payload
    height = int(scene.height)
    yield b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", int(scene.width), height, 8, 2, 0, 0, 0))
    compressor = zlib.compressobj()
    for row in range(height):
        # Each row of a PNG begins with its filter. 0 is none.
        data = compressor.compress(b"\0" + pixels(task, row))
        if data:
            yield chunk(b"IDAT", data)
        task.progress(100 * (row + 1) / height, f"{row + 1} of {height} rows")
    yield chunk(b"IDAT", compressor.flush()) + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pixels(task: Task[Scene], row: int) -> bytes:
    """Returns the colors of a row of pixels."""
    scene = task.payload
    # The set is 3 wide.
    size = 3 / scene.zoom / scene.width
    y = scene.y + size * (row - scene.height / 2)
    colors = bytearray()
    for column in range(int(scene.width)):
        task.raise_if_cancelled()
        colors += color(steps_to_escape(complex(scene.x + size * (column - scene.width / 2), y), int(scene.iterations)))
    return bytes(colors)


def steps_to_escape(point: complex, maximum: int) -> int | None:
    """Returns after how many steps the point leaves the circle; None if it stays."""
    z = 0j
    for step in range(maximum):
        z = z * z + point
        if z.real * z.real + z.imag * z.imag > 4:
            return step
    return None


def color(steps: int | None) -> bytes:
    if steps is None:
        return bytes(3)
    return bytes((steps * 9 % 256, (steps * 5 + 30) % 256, (steps * 3 + 90) % 256))


if __name__ == "__main__":
    run_task(render, schema=parse)
