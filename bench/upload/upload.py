"""Uploads so many megabytes with the Python helper, as a stream. Writes the peak memory of the process."""

import json
import os
import resource
import sys
from collections.abc import Iterator

from cdk_task_manager_processor import Task, task_processor


@task_processor
def handler(task: Task, context: object) -> None:
    task.upload(content(task.payload["megabytes"]), content_type="application/octet-stream")


def content(megabytes: int) -> Iterator[bytes]:
    for _ in range(16 * megabytes):
        yield bytes(2**16)


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 900_000


handler(json.loads(sys.argv[1]), Context())
with os.fdopen(3, "w") as results:
    json.dump({"peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}, results)
