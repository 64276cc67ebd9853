"""A processor that does what its payload says, with the Python helper."""

import os
from collections.abc import Iterator

import boto3
from cdk_task_manager_processor import Task, TaskEnded, TaskFailure, task_processor

sqs = boto3.client("sqs")


@task_processor(status_interval_seconds=1)
def handler(task: Task, context: object) -> object:
    match task.payload:
        case {"fail": {"code": code, "message": message}}:
            raise TaskFailure(code, message)
        case {"crash": message}:
            raise LookupError(message)
        case {"workUntilCancelled": True}:
            return work_until_cancelled(task)
        case {"uploadLines": count}:
            task.upload(lines(count), content_type="text/plain", file_name="lines.txt")
            return {"lines": count}
        case {"returnTrace": True}:
            return {"traceparent": task.traceparent, "tracestate": task.tracestate}
        case {"progressTo": end}:
            for percent in range(0, end + 1, 10):
                task.progress(percent, f"{percent} %")
            return {"type": task.type, "progress": end}
    return None


def work_until_cancelled(task: Task) -> None:
    number = 0
    try:
        while True:
            task.raise_if_cancelled()
            number += 1
            task.progress(message=f"step {number}")
    except TaskEnded as ended:
        # The test sees that the work has stopped.
        sqs.send_message(QueueUrl=os.environ["STOPPED_QUEUE"], MessageBody=f"{task.task_id} {ended.status}")
        raise


def lines(count: int) -> Iterator[str]:
    for number in range(count):
        yield f"line {number}\n"
