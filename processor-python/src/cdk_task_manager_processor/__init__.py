"""Runs the work of a task of a cdk-task-manager, and reports for it."""

from ._context import LambdaContext
from ._run_task import ContainerWork, run_task
from ._task import Task
from ._task_processor import Handler, Work, task_processor
from ._upload import UploadBody
from .errors import Interrupted, OutOfTime, TaskEnded, TaskFailure

__all__ = [
    "ContainerWork",
    "Handler",
    "Interrupted",
    "LambdaContext",
    "OutOfTime",
    "Task",
    "TaskEnded",
    "TaskFailure",
    "UploadBody",
    "Work",
    "run_task",
    "task_processor",
]
